// Whether a fire drill may act on a job, and how people name its replicas. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "mlengine/engine/v1/job_record.pb.h"

namespace mlengine::policy {

// "worker:1", as a drill names a replica.
std::string ReplicaWord(std::string_view role, int index);

// Sets the kind of `drill` by "kill", "preempt" or "restart-server", and for "kill" the replica by
// "ROLE:INDEX"; ROLE alone, where the job has one of it. INVALID_ARGUMENT says what is wrong;
// NOT_FOUND names the replicas that there are.
Status FillDrill(const engine::v1::JobRecord& record, std::string_view action,
                 std::string_view replica, engine::v1::DrillRecord& drill);

// FAILED_PRECONDITION with the reason, in one or two sentences, why the drill cannot act now: the
// job does not run, or the replica does not, or another drill of the job is not over. `drill` need
// not be one of the record's; if it is, it is not in its own way.
Status CheckDrill(const engine::v1::JobRecord& record, const engine::v1::DrillRecord& drill);

// It was asked for, or acts, and the job has not ended.
bool IsUnderWay(const engine::v1::DrillRecord& drill);

}  // namespace mlengine::policy
