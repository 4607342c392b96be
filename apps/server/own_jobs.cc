#include "own_jobs.h"

#include <utility>

#include "engine_api/measured_job_store.h"
#include "store/sqlite_job_store.h"

namespace mlengine::server {

Result<std::unique_ptr<store::JobStore>> OpenOwnJobs(const DataFolder& data,
                                                     std::function<bool()> make_room,
                                                     telemetry::Metrics& metrics) {
  MLENGINE_ASSIGN_OR_RETURN(
      auto store,
      store::OpenSqliteJobStore(data.Sub("state.db"), {.make_room = std::move(make_room),
                                                       .program = "mlengine " MLENGINE_VERSION}));
  return engine_api::MeasuredJobStore(std::move(store), metrics);
}

}  // namespace mlengine::server
