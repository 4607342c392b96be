// The sentences about why an attempt failed, in the original's wording with our evidence. Pure.
#pragma once

#include <string>

#include "mlengine/engine/v1/job_record.pb.h"

namespace mlengine::scheduler {

// The job's errorMessage for an attempt whose replicas are all gone: the replica that failed first,
// how and why, then where to look.
std::string FailureText(const engine::v1::AttemptRecord& attempt, const std::string& job_url);

// Ended by a signal that comes from outside its program (SIGINT, SIGKILL, SIGTERM; not for want of
// memory, not by us): running it again may help.
bool WasKilled(const engine::v1::ReplicaRecord& replica);

// Ended in an error of its own, or could not be started.
bool FailedByItself(const engine::v1::ReplicaRecord& replica);

// "The replica worker 2 exited with a non-zero status of 137. Termination reason: …".
std::string ExitText(const engine::v1::ReplicaRecord& replica);

// ExitText of each replica that was killed, and after how many restarts.
std::string KilledText(const engine::v1::AttemptRecord& attempt);

// "The runner of master 0 was lost." for each replica whose runner left no exit record.
std::string LostText(const engine::v1::AttemptRecord& attempt);

}  // namespace mlengine::scheduler
