// The jobs and the models' versions as the Logging API sees them: whose entries there may be, and
// when.
#pragma once

#include "logging_api/door.h"
#include "serving/version_logs.h"
#include "store/job_store.h"

namespace mlengine::server {

// All outlive what is returned.
logging_api::LoggingDeps LoggingDepsOf(store::JobStore& jobs, serving::VersionLogs& versions,
                                       logs::LogStore& logs, const Clock& clock);

}  // namespace mlengine::server
