// UnfinishedJobs: the reconciler's view of the store, all jobs that have not ended, in the order in
// which they may start: the higher priority first, then the older. The store's change feed says
// what to read anew. For one thread, but for the feed.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "store/job_store.h"

namespace mlengine::scheduler {

class UnfinishedJobs {
 public:
  struct Rank {
    int before;  // minus the priority
    std::int64_t sequence;
    friend auto operator<=>(const Rank&, const Rank&) = default;
  };

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
  const std::map<store::JobKey, store::StoredJob>& all() const { return jobs_; }
  const std::map<Rank, store::JobKey>& order() const { return order_; }

  void Put(store::StoredJob job);
  void Remove(const store::JobKey& key);

 private:
  static Rank RankOf(const store::StoredJob& job);

  store::JobStore& store_;
  std::map<store::JobKey, store::StoredJob> jobs_;
  std::map<Rank, store::JobKey> order_;

  std::mutex mutex_;
  std::set<store::JobKey> dirty_;  // guarded by mutex_
  bool resync_ = true;             // all must be read
  std::int64_t subscription_ = 0;
};

}  // namespace mlengine::scheduler
