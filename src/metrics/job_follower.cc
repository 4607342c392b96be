#include "metrics/job_follower.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace mlengine::metrics {
namespace {

using insight::StepMark;
using insight::ToldProgress;

constexpr std::size_t kMarksOfASeries = 64;
// Of a loss: all that are kept.
constexpr std::size_t kPointsOfALoss = 2000;

double UnixSeconds(Time time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

logs::JobRef RefOf(const store::JobRecord& record) {
  return {record.project(), record.job().job_id()};
}

// The series that got farthest in this execution; of those that count epochs only where no other
// does.
ToldProgress ToldBySeries(const MetricAnswer& answer, Time started,
                          const std::optional<insight::LengthFlag>& asked) {
  std::vector<StepMark> best;
  bool best_is_epochs = true;
  for (const RunSeries& series : answer.series) {
    if (insight::IsOfJudging(series.run, series.tag)) continue;
    const bool is_epochs = insight::CountsEpochs(series.tag);
    std::vector<StepMark> marks;
    for (const insight::MetricPoint& point : series.points) {
      // Keras counts its epochs from 0.
      if (point.time >= started)
        marks.push_back({UnixSeconds(point.time), point.step + (is_epochs ? 1 : 0)});
    }
    if (marks.empty()) continue;
    const bool better = best.empty() || (best_is_epochs && !is_epochs) ||
                        (best_is_epochs == is_epochs && marks.back().steps > best.back().steps);
    if (!better) continue;
    best = std::move(marks);
    best_is_epochs = is_epochs;
  }
  return insight::ToldByEvents(std::move(best), best_is_epochs ? "epoch" : "step", asked);
}

}  // namespace

JobFollower::JobFollower(const FollowSources& sources, store::JobRecord record)
    : sources_(sources), job_(RefOf(record)), health_(sources.health) {
  Update(std::move(record));
  watch_ = sources_.logs->Watch(job_, [grew = grew_] { grew->store(true); });
}

JobFollower::~JobFollower() {
  sources_.logs->Unwatch(watch_);
}

void JobFollower::Update(store::JobRecord record) {
  const std::lock_guard lock(mutex_);
  record_ = std::move(record);
  const std::optional<Execution> execution = MainExecution(record_);
  if (execution == execution_) return;
  execution_ = execution;
  Restart();
}

void JobFollower::Restart() {
  by_log_ = {};
  by_events_ = {};
  losses_.clear();
  reader_.reset();
  if (!execution_) return;
  const auto& args = record_.job().training_input().args();
  asked_ = insight::FindLengthFlag({args.begin(), args.end()});
  reader_ = std::make_unique<ProgressReader>(*sources_.logs, job_, *execution_);
  grew_->store(true);
}

void JobFollower::ReadLog(Time now) {
  if (!grew_->load()) return;
  const std::lock_guard lock(mutex_);
  ReadLogLocked(now);
}

void JobFollower::ReadLogLocked(Time now) {
  if (reader_ == nullptr) return;
  grew_->store(false);
  const Status read = reader_->Read(now);
  if (!read.ok()) {
    Log(LogLevel::kWarning, "a job's log cannot be read for its progress",
        {{"job", job_.job_id}, {"status", read.ToString()}});
  }
  by_log_ = insight::ToldBy(reader_->track(), asked_);
}

// Without the lock: the reconciler, which asks for the last progress of a job, must not wait for
// folders that are looked through.
void JobFollower::ReadEvents() {
  store::JobRecord record;
  std::optional<Execution> execution;
  std::optional<insight::LengthFlag> asked;
  {
    const std::lock_guard lock(mutex_);
    record = record_;
    execution = execution_;
    asked = asked_;
  }
  if (!execution) return;
  const std::string name = job_.project + "/" + job_.job_id;
  const std::vector<EventFolder> folders = sources_.folders(record);
  MetricQuery query;
  query.points = kMarksOfASeries;
  const Result<MetricAnswer> answer = sources_.metrics->Read(name, folders, query);
  if (!answer.ok()) return;
  ToldProgress told = ToldBySeries(*answer, execution->started, asked);
  std::vector<insight::LossTrouble> losses = LossTroubles(*answer, execution->started);
  if (!losses.empty()) {
    // Thinned points tell the first of the bad steps only roughly.
    query.points = kPointsOfALoss;
    for (const insight::LossTrouble& loss : losses) query.tags.push_back(loss.tag);
    const Result<MetricAnswer> whole = sources_.metrics->Read(name, folders, query);
    if (whole.ok()) losses = LossTroubles(*whole, execution->started);
  }
  const std::lock_guard lock(mutex_);
  if (execution_ != execution) return;
  by_events_ = std::move(told);
  losses_ = std::move(losses);
}

void JobFollower::LookAtHealth(Time now, const std::optional<DiskTrend>& disk) {
  store::JobRecord record;
  HealthLook look{.now = now, .running_since = now, .losses = {}, .folders = {}, .disk = disk};
  std::optional<Time> since;
  {
    const std::lock_guard lock(mutex_);
    record = record_;
    since = AllRunSince(record_);
    const insight::JobProgress progress =
        insight::JudgeProgress(by_log_, by_events_, UnixSeconds(now));
    look.tells_steps = progress.done && !progress.stalled_since;
    look.losses = losses_;
  }
  std::vector<insight::Hint> found;
  if (since) {
    look.running_since = *since;
    look.folders = sources_.folders(record);
    found = health_.Look(record, look);
  }
  const std::lock_guard lock(mutex_);
  hints_ = std::move(found);
}

insight::JobProgress JobFollower::Progress(Time now) const {
  const std::lock_guard lock(mutex_);
  return insight::JudgeProgress(by_log_, by_events_, UnixSeconds(now));
}

insight::JobProgress JobFollower::Last(Time now, bool succeeded) {
  bool has_events = false;
  {
    const std::lock_guard lock(mutex_);
    ReadLogLocked(now);
    has_events = !by_events_.marks.empty();
  }
  if (has_events) ReadEvents();
  return insight::LastProgress(Progress(now), succeeded);
}

std::vector<insight::Hint> JobFollower::Hints() const {
  const std::lock_guard lock(mutex_);
  return hints_;
}

}  // namespace mlengine::metrics
