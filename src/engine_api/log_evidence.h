// Where a job's log shows the first cause of its failure.
#pragma once

#include <string>

#include "logs/log_store.h"
#include "mlengine/engine/v1/job_record.pb.h"

namespace mlengine::engine_api {

// The insertId of the entry with the last line of the evidence, or of the traceback that it ends;
// "" when no line of it is found among the last entries before the failure.
std::string EvidenceId(logs::LogStore& store, const logs::JobRef& job,
                       const engine::v1::FailureCause& cause);

}  // namespace mlengine::engine_api
