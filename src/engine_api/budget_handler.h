// The doors of money: GET …/projects/P/budgets, PUT …/budgets/NAME, and what jobs have cost, GET
// …/projects/P/jobs:cost?groupBy=tier&filter=F.
#pragma once

#include "base/clock.h"
#include "net/router.h"
#include "quotas/allowance.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

// All outlive the router.
void RegisterBudgets(net::Router& router, store::JobStore& store, quotas::Allowance& allowance,
                     const Clock& clock);

}  // namespace mlengine::engine_api
