// Where the time of a job's start went. Pure.
#pragma once

#include <string>
#include <vector>

#include "mlengine/engine/v1/job_record.pb.h"

namespace mlengine::engine_api {

struct JobPhase {
  std::string name;  // "queued", "launch", "staging", "environment", "exec", "first_line"
  double milliseconds = 0;
  std::string detail;  // "reused: package" and the like
};

// The phases of the last attempt that are over, in order: queued until admitted, then what the
// runner recorded.
std::vector<JobPhase> PhasesOf(const engine::v1::JobRecord& record);

}  // namespace mlengine::engine_api
