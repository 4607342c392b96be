// JobFollower: one running job, followed: its progress by its log and its event files, and what is
// wrong with it. Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "insight/job_progress.h"
#include "metrics/health_watch.h"
#include "metrics/metric_store.h"
#include "metrics/progress_reader.h"

namespace mlengine::metrics {

struct FollowSources {
  logs::LogStore* logs = nullptr;  // both outlive the follower
  MetricStore* metrics = nullptr;
  // Where the event files of a job are looked for.
  std::function<std::vector<EventFolder>(const store::JobRecord&)> folders;
  HealthSources health;
};

class JobFollower {
 public:
  JobFollower(const FollowSources& sources, store::JobRecord record);
  ~JobFollower();
  JobFollower(const JobFollower&) = delete;
  JobFollower& operator=(const JobFollower&) = delete;

  // The record changed. A further execution is followed from its start.
  void Update(store::JobRecord record);
  // Reads what is new in the log, if it has grown.
  void ReadLog(Time now);
  // Reads what is new in the event files. Seldom: it looks through folders.
  void ReadEvents();
  // One caller at a time.
  void LookAtHealth(Time now, const std::optional<DiskTrend>& disk);

  insight::JobProgress Progress(Time now) const;
  // Of a job that has just ended.
  insight::JobProgress Last(Time now, bool succeeded);
  std::vector<insight::Hint> Hints() const;

 private:
  void Restart();
  void ReadLogLocked(Time now);

  const FollowSources& sources_;
  const logs::JobRef job_;
  const std::shared_ptr<std::atomic<bool>> grew_ = std::make_shared<std::atomic<bool>>(true);
  std::int64_t watch_ = 0;

  mutable std::mutex mutex_;  // guards all below
  store::JobRecord record_;
  std::optional<Execution> execution_;
  std::optional<insight::LengthFlag> asked_;
  std::unique_ptr<ProgressReader> reader_;
  insight::ToldProgress by_log_;
  insight::ToldProgress by_events_;
  std::vector<insight::LossTrouble> losses_;
  std::vector<insight::Hint> hints_;

  HealthWatch health_;  // used by LookAtHealth alone
};

}  // namespace mlengine::metrics
