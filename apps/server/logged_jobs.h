// The job store as the Logging API sees it: whose entries there may be, and when.
#pragma once

#include "logging_api/door.h"
#include "store/job_store.h"

namespace mlengine::server {

// Both outlive what is returned.
logging_api::LoggingDeps LoggingDepsOf(store::JobStore& jobs, logs::LogStore& logs,
                                       const Clock& clock);

}  // namespace mlengine::server
