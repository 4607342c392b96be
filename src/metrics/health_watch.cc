#include "metrics/health_watch.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "model/replica_folder.h"

namespace mlengine::metrics {
namespace {

using insight::HealthFacts;
using model::ResourceSample;

// Of a job with more replicas nothing is said of what they use.
constexpr int kMostReplicas = 64;
// Samples come at least that often.
constexpr double kFresh = 15;
constexpr std::size_t kFoldersNamed = 2;
// Among which there is one of a program, if any came lately: the service says little.
constexpr int kNewestEntries = 20;

double Seconds(Nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}
double UnixSeconds(Time time) {
  return Seconds(time.time_since_epoch());
}
Nanoseconds NanosOf(double seconds) {
  return std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(seconds));
}

// The mean of all GPUs' duty and the most that one was seen with; nothing where the driver is
// silent.
void AddDuty(std::vector<ResourceSample>::const_iterator from,
             std::vector<ResourceSample>::const_iterator to, insight::ReplicaUse& use) {
  double sum = 0;
  double peak = 0;
  int count = 0;
  for (; from != to; ++from) {
    for (const model::GpuSample& gpu : from->gpus) {
      if (!gpu.duty_percent) return;
      sum += *gpu.duty_percent;
      peak = std::max<double>(peak, *gpu.duty_percent);
      ++count;
    }
  }
  if (count == 0) return;
  use.gpu_duty = sum / count;
  use.gpu_peak = peak;
}

}  // namespace

std::optional<HealthWatch::Use> HealthWatch::UseOf(const store::JobRecord& record,
                                                   const engine::v1::ReplicaRecord& replica,
                                                   Time now) {
  const double window = sources_.limits.idle_seconds;
  const std::string folder =
      model::ReplicaFolder(sources_.jobs_dir, record.project(), record.job().job_id(),
                           record.attempts().rbegin()->number(), replica.role(), replica.index());
  const std::string path = folder + "/" + model::SamplesFile(replica.restart());
  SampleFile& file =
      samples_.try_emplace(path, RealFileSystem(), path, NanosOf(window * 1.5 + 30)).first->second;
  const Result<std::vector<ResourceSample>> all = file.Since(Time{});
  if (!all.ok() || all->size() < 2) return {};
  // From the last one before the window on.
  auto first = std::ranges::upper_bound(*all, now - NanosOf(window), {}, &ResourceSample::time);
  if (first != all->begin()) --first;
  const ResourceSample& last = all->back();
  if (first == all->end() || Seconds(now - last.time) > kFresh) return {};
  const model::ResourceRates rates = model::RatesBetween(*first, last);
  Use out;
  out.use.task = replica.role() + "-replica-" + std::to_string(replica.index());
  out.use.covered_seconds = Seconds(last.time - first->time);
  out.use.cores = rates.cores;
  out.use.gpus = replica.gpus_size();
  if (last.network) {
    out.use.io_rate = rates.disk_read + rates.disk_written + rates.network_sent +
                      rates.network_received + rates.loopback_sent + rates.loopback_received;
  }
  out.written_rate = rates.disk_written + rates.network_sent + rates.loopback_sent;
  AddDuty(first, all->end(), out.use);
  return out;
}

void HealthWatch::AddUses(const store::JobRecord& record, const HealthLook& look,
                          HealthFacts& facts) {
  const auto& replicas = record.attempts().rbegin()->replicas();
  facts.replica_count = static_cast<std::size_t>(replicas.size());
  double written = 0;
  if (replicas.size() <= kMostReplicas) {
    for (const auto& replica : replicas) {
      std::optional<Use> use = UseOf(record, replica, look.now);
      if (!use) continue;
      written += use->written_rate;
      facts.replicas.push_back(std::move(use->use));
    }
  }
  if (!look.disk) return;
  facts.disk = {.free_bytes = look.disk->free_bytes,
                .low_water = look.disk->low_water,
                .bytes_per_second = look.disk->bytes_per_second,
                .covered_seconds = look.disk->covered_seconds,
                .by_this_job = written * 2 >= look.disk->bytes_per_second && written > 0,
                .folder = look.disk->folder};
}

// Searched again and again while there is none; looked for anywhere, but named by the first
// folders.
std::optional<insight::CheckpointFacts> HealthWatch::Checkpoints(const store::JobRecord& record,
                                                                 const HealthLook& look) {
  const double after = sources_.limits.checkpoint_seconds;
  if (!look.tells_steps || Seconds(look.now - look.running_since) < after) return {};
  if (checkpoints_ && checkpoints_->found) return checkpoints_;
  if (checkpoints_at_ != Time{} && Seconds(look.now - checkpoints_at_) < after / 20)
    return checkpoints_;
  checkpoints_at_ = look.now;
  checkpoints_.reset();
  insight::CheckpointFacts facts;
  const Time since(std::chrono::seconds(record.job().start_time().seconds()));
  for (const EventFolder& folder : look.folders) {
    switch (FindCheckpoint(*sources_.objects, folder.folder, since)) {
      case CheckpointFinding::kUnknown:
        return {};
      case CheckpointFinding::kFound:
        facts.found = true;
        break;
      case CheckpointFinding::kNone:
        if (facts.folders.size() < kFoldersNamed) facts.folders.push_back(folder.folder);
    }
  }
  checkpoints_ = std::move(facts);
  return checkpoints_;
}

std::vector<insight::Hint> HealthWatch::Look(const store::JobRecord& record,
                                             const HealthLook& look) {
  HealthFacts facts;
  facts.now = UnixSeconds(look.now);
  facts.running_since = UnixSeconds(look.running_since);
  facts.cores = sources_.cores;
  facts.tells_steps = look.tells_steps;
  facts.losses = look.losses;
  logs::LogQuery newest;
  newest.newest_first = true;
  newest.limit = kNewestEntries;
  const Result<std::vector<logs::LogEntry>> line =
      sources_.logs->Query({record.project(), record.job().job_id()}, newest);
  if (!line.ok()) return {};
  const auto written =
      std::ranges::find_if(*line, [](const logs::LogEntry& entry) { return entry.raw_length > 0; });
  if (written != line->end()) facts.last_line_at = static_cast<double>(written->stamp_ns) / 1e9;
  AddUses(record, look, facts);
  facts.checkpoints = Checkpoints(record, look);
  return insight::HealthHints(facts, sources_.limits);
}

std::vector<insight::LossTrouble> LossTroubles(const MetricAnswer& answer, Time started) {
  std::vector<insight::LossTrouble> out;
  for (const RunSeries& series : answer.series) {
    if (!insight::IsLoss(series.tag)) continue;
    insight::LossTrouble trouble{series.tag, series.run, 0, 0};
    for (const insight::MetricPoint& point : series.points) {
      if (point.time < started) continue;
      if (std::isfinite(point.value)) {
        trouble.values = 0;
      } else if (trouble.values++ == 0) {
        trouble.since_step = point.step;
      }
    }
    if (trouble.values > 0) out.push_back(std::move(trouble));
  }
  return out;
}

}  // namespace mlengine::metrics
