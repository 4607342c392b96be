// What the reconciler asks of the rest of the house: which runtime runs a job, and the launch spec
// of a replica.
#pragma once

#include <functional>
#include <string>

#include "engine_api/plan_handler.h"
#include "objects/object_store.h"
#include "options.h"
#include "quotas/allowance.h"
#include "runtimes/runtime_store.h"
#include "scheduler/reconciler.h"
#include "store/model_store.h"

namespace mlengine::server {

struct JobPortsParts {
  runtimes::RuntimeStore* runtimes = nullptr;  // all outlive the ports
  objects::ObjectStore* objects = nullptr;
  quotas::Allowance* allowance = nullptr;
  Options options;
  std::string endpoint;   // "http://127.0.0.1:8650"
  std::string cache_dir;  // absolute
  bool has_gpus = false;  // the pool
  telemetry::Metrics* metrics = nullptr;
  store::ModelStore* models = nullptr;
  std::string models_dir;  // absolute: of the versions' files
};

scheduler::ReconcilerPorts MakeJobPorts(JobPortsParts parts);

// For a plan: the runtime that would run a job now. `runtimes` outlives it.
std::function<Result<engine_api::PlannedRuntime>(const ml::v1::TrainingInput&)> RuntimePlanner(
    runtimes::RuntimeStore& runtimes, const Options& options);

// FAILED_PRECONDITION in the original's words when no object is there; for ml_api, before a job is
// accepted.
Status CheckPackage(objects::ObjectStore& objects, const std::string& uri);

}  // namespace mlengine::server
