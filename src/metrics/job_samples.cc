#include "metrics/job_samples.h"

#include <algorithm>
#include <set>
#include <utility>

#include "insight/metric_series.h"

namespace mlengine::metrics {
namespace {

using insight::MetricPoint;
using model::ResourceSample;

// Of an answer, whatever was asked for.
constexpr std::size_t kMostPoints = 200'000;

using Series = std::map<std::string, std::vector<MetricPoint>>;  // by tag

// The series of one replica out of the samples of its restarts.
class SeriesMaker {
 public:
  // `before` is the sample before of the same restart, if any: rates are of the time between.
  void Add(const ResourceSample* before, const ResourceSample& sample) {
    if (!start_) start_ = sample.time - sample.elapsed;
    // A clock that was set back between two restarts does not lead a step back.
    step_ =
        std::max(step_, std::chrono::floor<std::chrono::seconds>(sample.time - *start_).count());
    time_ = sample.time;
    Put(sample.memory_is_resident ? "memory_resident" : "memory", sample.memory_bytes);
    Put("processes", sample.processes);
    Put("threads", sample.threads);
    for (std::size_t i = 0; i < sample.gpus.size(); ++i) {
      const std::string gpu = "gpu" + std::to_string(i);
      if (sample.gpus[i].duty_percent) Put(gpu + "_duty", *sample.gpus[i].duty_percent);
      if (sample.gpus[i].memory_bytes) Put(gpu + "_memory", *sample.gpus[i].memory_bytes);
    }
    if (before != nullptr) AddRates(*before, sample);
  }
  Series Take() { return std::move(series_); }

 private:
  void Put(const std::string& tag, std::int64_t value) { Put(tag, static_cast<double>(value)); }
  void Put(const std::string& tag, int value) { Put(tag, static_cast<double>(value)); }
  void Put(const std::string& tag, double value) {
    series_[tag].push_back({.step = step_, .time = time_, .value = value});
  }

  void AddRates(const ResourceSample& before, const ResourceSample& sample) {
    const model::ResourceRates rates = model::RatesBetween(before, sample);
    Put("cpu", rates.cores);
    if (before.disk && sample.disk) {
      Put("disk_read", rates.disk_read);
      Put("disk_written", rates.disk_written);
    }
    if (!before.network || !sample.network || before.network->of_host != sample.network->of_host)
      return;
    const std::string whose = sample.network->of_host ? "host_" : "";
    Put(whose + "network_sent", rates.network_sent);
    Put(whose + "network_received", rates.network_received);
    Put(whose + "loopback_sent", rates.loopback_sent);
    Put(whose + "loopback_received", rates.loopback_received);
  }

  std::optional<Time> start_;
  std::int64_t step_ = 0;
  Time time_{};
  Series series_;
};

}  // namespace

void JobSamples::Refresh(const std::vector<SampleSource>& sources,
                         std::vector<std::string>& warnings) {
  std::set<std::string> wanted;
  for (const SampleSource& source : sources) {
    for (const std::string& path : source.paths) {
      wanted.insert(path);
      SampleFile& file = open_.try_emplace(path, files_, path).first->second;
      const Status read = file.Refresh();
      if (!read.ok() && read.code() != StatusCode::kNotFound)
        warnings.push_back("Samples cannot be read: " + read.message() + ".");
      if (file.damaged_bytes() > 0) {
        warnings.push_back(path + " is damaged: " + std::to_string(file.damaged_bytes()) +
                           " bytes were left out.");
      }
    }
  }
  std::erase_if(open_, [&](const auto& item) { return !wanted.contains(item.first); });
}

Result<MetricAnswer> JobSamples::Read(const std::vector<SampleSource>& sources,
                                      const MetricQuery& query) {
  if (query.points < 1) return InvalidArgumentError("points: at least 1");
  const std::lock_guard lock(mutex_);
  MetricAnswer answer;
  Refresh(sources, answer.warnings);
  bool any = false;
  for (const SampleSource& source : sources) {
    if (!Matches(source.run, query.runs)) continue;
    SeriesMaker maker;
    for (const std::string& path : source.paths) {
      const ResourceSample* before = nullptr;
      for (const ResourceSample& sample : open_.at(path).samples()) {
        maker.Add(before, sample);
        before = &sample;
      }
    }
    for (auto& [tag, points] : maker.Take()) {
      any = true;
      if (!Matches(tag, query.tags)) continue;
      RunSeries& series = answer.series.emplace_back(RunSeries{source.run, tag, {}, {}});
      for (const MetricPoint& point : points) series.summary.Add(point);
      if (query.after_step) {
        std::erase_if(points, [&](const MetricPoint& p) { return p.step <= *query.after_step; });
      }
      series.points = insight::Thinned(std::move(points), query.points);
    }
  }
  const std::size_t share = kMostPoints / std::max<std::size_t>(answer.series.size(), 1);
  for (RunSeries& series : answer.series)
    series.points = insight::Thinned(std::move(series.points), std::max<std::size_t>(share, 2));
  if (answer.series.empty()) {
    answer.warnings.emplace_back(any ? "No series has the tags and runs that were asked for."
                                     : "There are no resource samples of the job's replicas.");
  }
  return answer;
}

std::vector<NewestSample> JobSamples::Newest(const std::vector<SampleSource>& sources) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> ignored;
  Refresh(sources, ignored);
  std::vector<NewestSample> out;
  for (const SampleSource& source : sources) {
    if (source.paths.empty()) continue;
    const auto& samples = open_.at(source.paths.back()).samples();
    if (samples.empty()) continue;
    NewestSample& newest = out.emplace_back(NewestSample{source.run, samples.back(), {}});
    if (samples.size() > 1)
      newest.cores = model::RatesBetween(samples[samples.size() - 2], samples.back()).cores;
  }
  return out;
}

std::size_t JobSamples::bytes() const {
  const std::lock_guard lock(mutex_);
  std::size_t sum = 0;
  for (const auto& [path, file] : open_) sum += path.size() + file.bytes();
  return sum;
}

}  // namespace mlengine::metrics
