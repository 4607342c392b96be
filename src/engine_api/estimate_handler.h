// POST /mlengine/v1/projects/{p}/jobs/{j}:estimate, {"steps":"36000"}: what a job that ran, or
// runs, would take and cost on each tier, by its own measured steps. Changes nothing.
#pragma once

#include "engine_api/plan_handler.h"
#include "logs/log_store.h"
#include "net/router.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

struct EstimateDeps {
  PlanDeps plans;
  store::JobStore* store = nullptr;  // outlives the router, as do the logs
  logs::LogStore* logs = nullptr;
};

// As `mlengine jobs estimate --from-job J --format json` prints it (docs/guides/estimate.md).
// Without steps: as many as its arguments or its output tell. FAILED_PRECONDITION when its output
// tells no speed, RESOURCE_EXHAUSTED when its log is too long to be gone through for an answer.
void RegisterEstimates(net::Router& router, const EstimateDeps& deps);

}  // namespace mlengine::engine_api
