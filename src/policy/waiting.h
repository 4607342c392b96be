// What a waiting job waits for, in sentences. Pure: the same view that the scheduler has, but told,
// not decided.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "policy/reason.h"

namespace mlengine::policy {

struct PoolSize {
  int slots = 0;
  int gpus = 0;
};

// A job that has not ended.
struct PoolJob {
  std::string name;  // as a reader knows it
  int replicas = 1;
  int gpus = 0;  // of all replicas, as the next
  int tpus = 0;
  int priority = 0;
  std::int64_t sequence = 0;         // by creation
  bool holds_room = false;           // it was admitted
  std::optional<Time> started;       // of one that runs
  std::optional<Nanoseconds> limit;  // its maxRunningTime; none: it may run for ever
};

// Jobs of the past, of which those that wait are expected to be alike.
struct PastJobs {
  int count = 0;  // that it was taken from
  Nanoseconds typical_length{0};
};

// `job` is one that holds no room; `others` are all the others of the pool. Never empty. Codes:
// NEEDS_ROOM, NEEDS_WHOLE_POOL, NO_TPU, TOO_FEW_GPUS, GPUS_SHARE_NO_SLOTS, HELD_BY, BEHIND, NEXT,
// STARTS_BY, STARTS_ABOUT, START_UNKNOWN, START_OVERDUE; "jobs" are the first names, "more" is how
// many there are beside them.
std::vector<Reason> WhyWaiting(const PoolJob& job, const std::vector<PoolJob>& others,
                               const PoolSize& pool, const PastJobs& past, Time now);

// When the job starts if each job takes the typical length, or its limit when that is shorter, and
// all start in their order. Nothing when a job that runs has taken longer, or the pool could never
// hold the job.
std::optional<Time> EstimatedStart(const PoolJob& job, const std::vector<PoolJob>& others,
                                   const PoolSize& pool, Nanoseconds typical_length, Time now);

}  // namespace mlengine::policy
