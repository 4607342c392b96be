// What a waiting job waits for, in sentences. Pure: the same view that the scheduler has, but told,
// not decided.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace mlengine::policy {

// A job that has not ended.
struct PoolJob {
  std::string name;  // as a reader knows it
  int replicas = 1;
  int priority = 0;
  std::int64_t sequence = 0;    // by creation
  bool holds_room = false;      // it was admitted
  std::optional<Time> ends_by;  // by its maxRunningTime; none: it may run for ever
};

// `job` is one that holds no room; `others` are all the others of the pool. Never empty.
std::vector<std::string> WhyWaiting(const PoolJob& job, const std::vector<PoolJob>& others,
                                    int slots);

}  // namespace mlengine::policy
