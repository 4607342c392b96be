#include "metrics/progress_keeper.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/log.h"
#include "model/job_state.h"

namespace mlengine::metrics {
namespace {

using ml::v1::Job;

store::JobKey KeyOf(const store::JobRecord& record) {
  return {record.project(), record.job().job_id()};
}

bool Runs(const store::JobRecord& record) {
  const Job::State state = record.job().state();
  return state == Job::RUNNING || state == Job::PREPARING || state == Job::CANCELLING;
}

double UnixSeconds(const google::protobuf::Timestamp& time) {
  return static_cast<double>(time.seconds()) + time.nanos() / 1e9;
}

insight::JobProgress FromRecord(const store::JobRecord& record) {
  insight::JobProgress out;
  if (!record.has_progress()) return insight::LastProgress(std::move(out), false);
  const engine::v1::JobProgress& kept = record.progress();
  out.done = kept.done();
  if (kept.total() > 0) out.total = kept.total();
  out.unit = kept.unit();
  out.source = kept.source();
  if (kept.has_last_seen()) out.last_seen = UnixSeconds(kept.last_seen());
  return out;
}

engine::v1::JobProgress ToRecord(const insight::JobProgress& progress) {
  engine::v1::JobProgress out;
  out.set_done(*progress.done);
  out.set_total(progress.total.value_or(0));
  out.set_unit(progress.unit);
  out.set_source(progress.source);
  if (progress.last_seen) {
    const double whole = std::floor(*progress.last_seen);
    out.mutable_last_seen()->set_seconds(static_cast<std::int64_t>(whole));
    out.mutable_last_seen()->set_nanos(static_cast<int>((*progress.last_seen - whole) * 1e9));
  }
  return out;
}

}  // namespace

ProgressKeeper::ProgressKeeper(store::JobStore& store, const Clock& clock, FollowSources sources,
                               KeeperOptions options)
    : store_(store), clock_(clock), sources_(std::move(sources)), options_(std::move(options)) {
  subscription_ = store_.Subscribe([this](const store::JobKey& key) {
    const std::lock_guard lock(mutex_);
    changed_.insert(key);
  });
  const Result<std::vector<store::StoredJob>> jobs = store_.ListUnfinished();
  const std::lock_guard lock(mutex_);
  for (const store::StoredJob& job : jobs.value_or(std::vector<store::StoredJob>()))
    changed_.insert(KeyOf(job.record));
}

ProgressKeeper::~ProgressKeeper() {
  store_.Unsubscribe(subscription_);
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ProgressKeeper::Start() {
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, options_.every, [this] { return stopping_; })) {
      lock.unlock();
      Turn();
      lock.lock();
    }
  });
}

void ProgressKeeper::Follow(const store::JobKey& key) {
  Result<store::StoredJob> job = store_.Get(key);
  if (!job.ok()) return;
  std::shared_ptr<JobFollower> follower = Find(key);
  if (!Runs(job->record)) {
    const std::lock_guard lock(mutex_);
    jobs_.erase(key);
  } else if (follower != nullptr) {
    follower->Update(std::move(job->record));
  } else {
    follower = std::make_shared<JobFollower>(sources_, std::move(job->record));
    const std::lock_guard lock(mutex_);
    jobs_[key] = {std::move(follower), Time{}};
  }
}

void ProgressKeeper::TakeChanges() {
  std::set<store::JobKey> changed;
  {
    const std::lock_guard lock(mutex_);
    changed.swap(changed_);
  }
  for (const store::JobKey& key : changed) Follow(key);
}

// How it changed over the time that hints look at.
std::optional<DiskTrend> ProgressKeeper::LookAtDisk(Time now) {
  if (!options_.disk) return {};
  DiskTrend trend = options_.disk();
  const auto window = std::chrono::duration<double>(sources_.health.limits.idle_seconds);
  free_bytes_.emplace_back(now, trend.free_bytes);
  // The first one is the last of before the window.
  while (free_bytes_.size() > 2 && now - free_bytes_[1].first >= window) free_bytes_.pop_front();
  const auto& [since, free] = free_bytes_.front();
  trend.covered_seconds = std::chrono::duration<double>(now - since).count();
  if (trend.covered_seconds > 0)
    trend.bytes_per_second = (free - trend.free_bytes) / trend.covered_seconds;
  return trend;
}

void ProgressKeeper::Turn() {
  TakeChanges();
  std::vector<std::pair<std::shared_ptr<JobFollower>, bool>> jobs;
  const Time now = clock_.Now();
  bool any_due = false;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [key, followed] : jobs_) {
      const bool due = now >= followed.events_due;
      if (due) followed.events_due = now + options_.events_every;
      any_due = any_due || due;
      jobs.emplace_back(followed.follower, due);
    }
  }
  if (any_due && (free_bytes_.empty() || now - free_bytes_.back().first >= options_.events_every))
    disk_ = LookAtDisk(now);
  for (const auto& [follower, due] : jobs) {
    follower->ReadLog(now);
    if (due) follower->ReadEvents();
    if (due && options_.give_hints) follower->LookAtHealth(now, disk_);
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
  }
}

std::shared_ptr<JobFollower> ProgressKeeper::Find(const store::JobKey& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find(key);
  return found == jobs_.end() ? nullptr : found->second.follower;
}

insight::JobProgress ProgressKeeper::Of(const store::JobRecord& record) const {
  if (model::IsFinal(record.job().state())) return FromRecord(record);
  const std::shared_ptr<JobFollower> follower = Find(KeyOf(record));
  if (follower != nullptr && MainExecution(record)) return follower->Progress(clock_.Now());
  insight::JobProgress out;
  out.unknown = "its program has not started yet";
  return out;
}

std::vector<store::JobKey> ProgressKeeper::Running(const std::string& project) const {
  std::vector<store::JobKey> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [key, followed] : jobs_) {
    if (key.project == project) out.push_back(key);
  }
  return out;
}

std::optional<engine::v1::JobProgress> ProgressKeeper::Last(const store::JobRecord& record) {
  std::shared_ptr<JobFollower> follower = Find(KeyOf(record));
  if (follower == nullptr) {
    follower = std::make_shared<JobFollower>(sources_, record);
  } else {
    follower->Update(record);
  }
  const insight::JobProgress last =
      follower->Last(clock_.Now(), record.job().state() == Job::SUCCEEDED);
  if (!last.done) return {};
  return ToRecord(last);
}

std::vector<insight::Hint> ProgressKeeper::Hints(const store::JobRecord& record) const {
  const std::shared_ptr<JobFollower> follower = Find(KeyOf(record));
  return follower == nullptr || !AllRunSince(record) ? std::vector<insight::Hint>()
                                                     : follower->Hints();
}

}  // namespace mlengine::metrics
