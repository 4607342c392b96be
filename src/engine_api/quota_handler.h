// The doors of quotas: GET …/projects/P/quotas?region=R, PUT …/quotas/NAME, POST …/quotas:profile;
// and those of money (budget_handler.h).
#pragma once

#include "base/clock.h"
#include "net/router.h"
#include "quotas/allowance.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

// All outlive the router.
void RegisterQuotas(net::Router& router, store::JobStore& store, quotas::Allowance& allowance,
                    const Clock& clock);

}  // namespace mlengine::engine_api
