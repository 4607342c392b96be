// GET /mlengine/v1/projects/{p}/jobs/{j}/explanation: why the job is where it is, in sentences.
#pragma once

#include "base/clock.h"
#include "net/router.h"
#include "quotas/allowance.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

// `slots`: of the pool. What is pointed to must outlive the router; without an allowance there are
// no quotas.
// {"state":"QUEUED","sentences":["It needs 1 slot of the 2 of the pool; 0 are free.", …]}
void RegisterExplanations(net::Router& router, store::JobStore& store, int slots,
                          quotas::Allowance* allowance, const Clock& clock);

}  // namespace mlengine::engine_api
