// ProgressKeeper: how far every running job is and what is wrong with it, kept up to date in memory
// by a thread of its own, or by Turn. Nothing of it is on disk: after a restart of the server it is
// read again from the ends of the logs. Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "insight/job_progress.h"
#include "metrics/job_follower.h"
#include "store/job_store.h"

namespace mlengine::metrics {

struct KeeperOptions {
  std::chrono::milliseconds every{1000};           // between looks at the logs
  std::chrono::milliseconds events_every{10'000};  // at event files, and at what may be wrong
  bool give_hints = true;
  // The disk of the data folder, without its trend. Unset: nothing is said of it.
  std::function<DiskTrend()> disk = {};
};

class ProgressKeeper {
 public:
  // The stores and what `sources` points to outlive the object.
  ProgressKeeper(store::JobStore& store, const Clock& clock, FollowSources sources,
                 KeeperOptions options);
  // Stops the thread, if there is one, after the job that it is at.
  ~ProgressKeeper();
  ProgressKeeper(const ProgressKeeper&) = delete;
  ProgressKeeper& operator=(const ProgressKeeper&) = delete;

  void Turn();
  void Start();

  // Of a job in any state; of one that has ended as its record has it.
  insight::JobProgress Of(const store::JobRecord& record) const;
  // Of all that run now.
  std::vector<store::JobKey> Running(const std::string& project) const;
  // For the end of a job whose log is complete: reads what is left of it. Nothing when it told of
  // no steps.
  std::optional<engine::v1::JobProgress> Last(const store::JobRecord& record);
  // What is wrong with a running job, by the last look.
  std::vector<insight::Hint> Hints(const store::JobRecord& record) const;

 private:
  struct Followed {
    std::shared_ptr<JobFollower> follower;
    Time events_due{};
  };
  void Follow(const store::JobKey& key);
  void TakeChanges();
  std::optional<DiskTrend> LookAtDisk(Time now);
  std::shared_ptr<JobFollower> Find(const store::JobKey& key) const;

  store::JobStore& store_;
  const Clock& clock_;
  const FollowSources sources_;
  const KeeperOptions options_;
  std::int64_t subscription_ = 0;

  // The turning thread's.
  std::deque<std::pair<Time, double>> free_bytes_;
  std::optional<DiskTrend> disk_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::set<store::JobKey> changed_;
  std::map<store::JobKey, Followed> jobs_;
  std::thread thread_;
};

}  // namespace mlengine::metrics
