// JobQueue: the jobs that wait for room, in the order in which they may start; those of one account
// are kept together, so that an account that has used up its quota costs nothing however many of
// its jobs wait. For one thread.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "scheduler/demand.h"
#include "store/job_store.h"

namespace mlengine::scheduler {

// The order in which jobs may start: the higher priority first, then the older.
struct Rank {
  int before = 0;  // minus the priority
  std::int64_t sequence = 0;
  friend auto operator<=>(const Rank&, const Rank&) = default;
};

struct WaitingJob {
  store::JobKey key;
  Demand demand;
};

class JobQueue {
 public:
  // A rank is used once.
  void Add(Rank rank, WaitingJob job);
  // Nothing happens when it is not there.
  void Remove(Rank rank);
  std::size_t size() const { return accounts_of_.size(); }
  // A job of each account that has one.
  std::vector<const WaitingJob*> OfEachAccount() const;
  bool Contains(Rank rank) const { return accounts_of_.contains(rank); }

 private:
  using Ranked = std::map<Rank, WaitingJob>;
  std::map<std::string, Ranked> by_account_;
  std::map<Rank, std::string> accounts_of_;
  friend class QueueWalk;
};

// One walk along the queue from its head; the queue must not change meanwhile.
class QueueWalk {
 public:
  explicit QueueWalk(const JobQueue& queue);
  // The next job; null at the end.
  const WaitingJob* Next();
  // No more jobs of the account of the one that Next gave last.
  void LeaveAccount();

 private:
  struct Place {
    JobQueue::Ranked::const_iterator next;
    JobQueue::Ranked::const_iterator end;
    // A priority queue's top is its greatest.
    friend bool operator<(const Place& a, const Place& b) { return a.next->first > b.next->first; }
  };
  std::priority_queue<Place> places_;
  std::optional<Place> last_;
};

}  // namespace mlengine::scheduler
