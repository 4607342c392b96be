// The sentences about why an attempt failed, in the original's wording with our evidence. Pure.
#pragma once

#include <string>
#include <string_view>

#include "mlengine/engine/v1/job_record.pb.h"
#include "model/exit_reason.h"
#include "store/job_store.h"

namespace mlengine::scheduler {

// The job's errorMessage for an attempt whose replicas are all gone: the replica that failed first,
// how and why, then where to look. `boot_id` is the machine's now. With `cause` that one's replica
// is told of where it failed, and not the one that ended first.
std::string FailureText(const engine::v1::AttemptRecord& attempt, const std::string& boot_id,
                        const std::string& job_url,
                        const engine::v1::FailureCause* cause = nullptr);

// Ended by a signal that comes from outside its program (SIGINT, SIGKILL, SIGTERM; not for want of
// memory, not by us): running it again may help.
bool WasKilled(const engine::v1::ReplicaRecord& replica);

// Ended in an error of its own, or could not be started.
bool FailedByItself(const engine::v1::ReplicaRecord& replica);

// "The replica worker 2 exited with a non-zero status of 137. Termination reason: …", and behind
// the original's words our sentence about the reason (model/exit_reason.h).
std::string ExitText(const engine::v1::ReplicaRecord& replica);

// ExitText of each replica that was killed, and after how many restarts.
std::string KilledText(const engine::v1::AttemptRecord& attempt);

// "The runner of master 0 was lost." for each replica whose runner left no exit record, and why;
// empty when there is none.
std::string LostText(const engine::v1::AttemptRecord& attempt, const std::string& boot_id);

// How a job's cancel_reason begins for its own limits of time.
inline constexpr std::string_view kRanTooLong = "The job ran longer than its maxRunningTime of ";
inline constexpr std::string_view kWaitedTooLong = "The job waited longer than its maxWaitTime of ";

// Of a replica that has ended: what its runner told, and for one that was stopped, for what.
model::ExitReason::Code ReasonOf(const store::JobRecord& record,
                                 const engine::v1::AttemptRecord& attempt,
                                 const engine::v1::ReplicaRecord& replica,
                                 const std::string& boot_id);

// "How the replicas ended: master 0 FINISHED, worker 0 to 3 TORN_DOWN."
std::string EndsText(const store::JobRecord& record, const engine::v1::AttemptRecord& attempt,
                     const std::string& boot_id);

}  // namespace mlengine::scheduler
