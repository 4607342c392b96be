// The job store of this server, measured.
#pragma once

#include <functional>
#include <memory>

#include "base/result.h"
#include "data_folder.h"
#include "store/job_store.h"
#include "telemetry/metrics.h"

namespace mlengine::server {

// state.db of the folder. `make_room` as in SqliteJobStoreOptions; `metrics` outlives the store.
// The errors of OpenSqliteJobStore.
Result<std::unique_ptr<store::JobStore>> OpenOwnJobs(const DataFolder& data,
                                                     std::function<bool()> make_room,
                                                     telemetry::Metrics& metrics);

}  // namespace mlengine::server
