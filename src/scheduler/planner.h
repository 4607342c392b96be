// Planner: which waiting jobs may start now. Pure: what waits and what is free in, decisions out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "scheduler/job_queue.h"
#include "scheduler/pool_room.h"
#include "store/job_store.h"

namespace mlengine::scheduler {

// What is left of each account's quotas; values, for one thread.
class AccountRoom {
 public:
  // In the order of Demand::amounts; negative: no limit. An account without limits has none.
  void SetLimits(const std::string& account, std::vector<std::int64_t> limits);
  bool Fits(const Demand& demand) const;
  void Take(const Demand& demand);  // also more than is left: it runs already
  void Release(const Demand& demand);

 private:
  struct Quotas {
    std::vector<std::int64_t> limits;
    std::vector<std::int64_t> used;
  };
  std::map<std::string, Quotas> accounts_;
};

struct Admission {
  store::JobKey key;
  // The job has more replicas than the pool has slots: it runs alone, its replicas share the
  // machine's time.
  bool time_shared = false;
  Placement placement = {};
};

// Jobs behind one that does not fit which are looked at for what may go before it.
inline constexpr std::size_t kLookedAt = 256;

// In the queue's order. The first job that does not fit the pool, the head, keeps its turn: a job
// behind it is admitted only into room that the head could not use however the jobs that hold room
// end, so it never starts later for them. A job larger than the whole pool is admitted when nothing
// else holds room, and keeps the pool to itself. A job that its account's quota does not let start
// holds back later jobs of that account alone, and one that the pool could never hold nobody. Takes
// the room of those it admits.
std::vector<Admission> PlanAdmissions(const JobQueue& queue, PoolRoom& room, AccountRoom& accounts);

}  // namespace mlengine::scheduler
