// The sentences about why an attempt failed, in the original's wording with our evidence. Pure.
#pragma once

#include <string>

#include "mlengine/engine/v1/job_record.pb.h"

namespace mlengine::scheduler {

// The job's errorMessage for an attempt whose replicas are all gone: the replica that failed first,
// how and why, then where to look.
std::string FailureText(const engine::v1::AttemptRecord& attempt, const std::string& job_url);

// "The runner of master 0 was lost." for each replica whose runner left no exit record.
std::string LostText(const engine::v1::AttemptRecord& attempt);

}  // namespace mlengine::scheduler
