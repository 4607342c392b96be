// CreateRate: how many jobs each project has asked to create in the last minute. In memory: after a
// restart the minute begins anew. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/status.h"

namespace mlengine::quotas {

class CreateRate {
 public:
  // Counts one more request. RESOURCE_EXHAUSTED, and not counted, when the project has had `most`
  // in the minute before `now`.
  Status Take(const std::string& project, std::int64_t most, Time now);

 private:
  std::mutex mutex_;
  std::map<std::string, std::deque<Time>> taken_;  // oldest first
};

}  // namespace mlengine::quotas
