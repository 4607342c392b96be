// The doors of quotas: GET …/projects/P/quotas?region=R, PUT …/quotas/NAME, POST …/quotas:profile.
#pragma once

#include "net/router.h"
#include "quotas/allowance.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

// Both outlive the router.
void RegisterQuotas(net::Router& router, store::JobStore& store, quotas::Allowance& allowance);

}  // namespace mlengine::engine_api
