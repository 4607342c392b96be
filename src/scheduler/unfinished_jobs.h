// UnfinishedJobs: the reconciler's view of the store, all jobs that have not ended, sorted by what
// a turn has to do with them, so that a long queue costs nothing while it only waits. The store's
// change feed says what to read anew. For one thread, but for the feed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "scheduler/job_queue.h"
#include "store/job_store.h"

namespace mlengine::scheduler {

class UnfinishedJobs {
 public:
  // The store outlives it. `on_change` is called from any thread when there is something to read.
  UnfinishedJobs(store::JobStore& store, std::function<void()> on_change);
  ~UnfinishedJobs();
  UnfinishedJobs(const UnfinishedJobs&) = delete;
  UnfinishedJobs& operator=(const UnfinishedJobs&) = delete;

  // Reads what has changed; the jobs that turned out to have ended. What cannot be read now is read
  // by the next call.
  std::vector<store::JobKey> Refresh();

  bool Contains(const store::JobKey& key) const { return jobs_.contains(key); }
  // Of a job that is contained.
  const store::JobRecord& Record(const store::JobKey& key) const { return jobs_.at(key).record; }
  using Ranked = std::map<Rank, store::JobKey>;
  // They have an attempt.
  const Ranked& started() const { return started_; }
  // They want room: not started, and not to be cancelled.
  const JobQueue& waiting() const { return waiting_; }
  // Nothing was said of them yet; not started.
  const Ranked& fresh() const { return fresh_; }
  // The others that a turn must look at though they are not started: to be cancelled, or with a
  // limit to their waiting.
  const Ranked& due() const { return due_; }

  void Put(store::StoredJob job);
  void Remove(const store::JobKey& key);

 private:
  static Rank RankOf(const store::StoredJob& job);

  store::JobStore& store_;
  std::map<store::JobKey, store::StoredJob> jobs_;
  Ranked started_;
  JobQueue waiting_;
  Ranked fresh_;
  Ranked due_;

  std::mutex mutex_;
  std::set<store::JobKey> dirty_;  // guarded by mutex_
  bool resync_ = true;             // all must be read
  std::int64_t subscription_ = 0;
};

}  // namespace mlengine::scheduler
