// GET /mlengine/v1/projects/{p}/jobs/{j}/explanation: why the job is where it is, in sentences.
#pragma once

#include "net/router.h"
#include "quotas/allowance.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

// `slots`: of the pool. The store and the allowance, null when there are no quotas, must outlive
// the router.
// {"state":"QUEUED","sentences":["It needs 1 slot of the 2 of the pool; 0 are free.", …]}
void RegisterExplanations(net::Router& router, store::JobStore& store, int slots,
                          const quotas::Allowance* allowance = nullptr);

}  // namespace mlengine::engine_api
