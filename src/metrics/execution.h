// Execution: which run of which replica tells how far a job is: that of the newest attempt's first
// replica, the master or chief. Pure.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "store/job_store.h"

namespace mlengine::metrics {

struct Execution {
  int attempt = 1;
  std::string role;
  int index = 0;
  int restart = 0;
  Time started;  // of its program
  friend bool operator==(const Execution&, const Execution&) = default;
};

// Nothing while its program has not started.
std::optional<Execution> MainExecution(const store::JobRecord& record);

// When the last of the newest attempt's programs started. Nothing unless all of them run, or when
// the job or the attempt is being ended.
std::optional<Time> AllRunSince(const store::JobRecord& record);

}  // namespace mlengine::metrics
