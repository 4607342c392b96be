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

void JobFollower::ReadEvents(Time now) {
  const std::lock_guard lock(mutex_);
  ReadEventsLocked(now);
}

void JobFollower::ReadEventsLocked(Time) {
  if (!execution_) return;
  const std::string name = job_.project + "/" + job_.job_id;
  const std::vector<EventFolder> folders = sources_.folders(record_);
  MetricQuery query;
  query.points = kMarksOfASeries;
  const Result<MetricAnswer> answer = sources_.metrics->Read(name, folders, query);
  if (!answer.ok()) return;
  by_events_ = ToldBySeries(*answer, execution_->started, asked_);
  losses_ = LossTroubles(*answer);
  if (losses_.empty()) return;
  // Thinned points tell the first of the bad steps only roughly.
  query.points = kPointsOfALoss;
  for (const insight::LossTrouble& loss : losses_) query.tags.push_back(loss.tag);
  if (const Result<MetricAnswer> whole = sources_.metrics->Read(name, folders, query); whole.ok())
    losses_ = LossTroubles(*whole);
}

void JobFollower::LookAtHealth(Time now, const std::optional<DiskTrend>& disk) {
  std::vector<insight::Hint> found;
  {
    const std::lock_guard lock(mutex_);
    if (const std::optional<Time> since = AllRunSince(record_)) {
      const insight::JobProgress progress =
          insight::JudgeProgress(by_log_, by_events_, UnixSeconds(now));
      found = health_.Look(record_, {.now = now,
                                     .running_since = *since,
                                     .tells_steps = progress.done && !progress.stalled_since,
                                     .losses = losses_,
                                     .folders = sources_.folders(record_),
                                     .disk = disk});
    }
  }
  const std::lock_guard lock(hints_mutex_);
  hints_ = std::move(found);
}

insight::JobProgress JobFollower::Progress(Time now) const {
  const std::lock_guard lock(mutex_);
  return insight::JudgeProgress(by_log_, by_events_, UnixSeconds(now));
}

insight::JobProgress JobFollower::Last(Time now, bool succeeded) {
  const std::lock_guard lock(mutex_);
  ReadLogLocked(now);
  if (!by_events_.marks.empty()) ReadEventsLocked(now);
  return insight::LastProgress(insight::JudgeProgress(by_log_, by_events_, UnixSeconds(now)),
                               succeeded);
}

std::vector<insight::Hint> JobFollower::Hints() const {
  const std::lock_guard lock(hints_mutex_);
  return hints_;
}

}  // namespace mlengine::metrics
