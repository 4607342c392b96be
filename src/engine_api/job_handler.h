// What only mlengine tells of a job: phases, attempts, replicas, price, the runtime that really
// runs it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "net/router.h"
#include "policy/price_book.h"
#include "quotas/allowance.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

// All outlive the router.
struct JobDeps {
  store::JobStore* store = nullptr;
  const policy::PriceBook* prices = nullptr;
  const Clock* clock = nullptr;
  quotas::Allowance* allowance = nullptr;  // null: there are no budgets
  // What a batch prediction that still runs has done; unset: its counts are told at its end.
  std::function<ml::v1::PredictionOutput(const store::JobRecord& record)> prediction_counts = {};
};
// Adds GET /mlengine/v1/projects/{p}/jobs/{j}.
void RegisterJobs(net::Router& router, const JobDeps& deps);

// {"job":…,"phases":[{"name":"queued","milliseconds":3}, …],"attempts":[…],"runtime":…,
// "price":…,"budgets":[{"budget":"job","text":"1.25 of 5.00 USD (this job)", …}]}; the price as
// PriceJson (job_price.h).
std::string JobDetailJson(const store::JobRecord& record, const policy::PriceBook& prices,
                          const std::vector<policy::BudgetState>& budgets, Time now);

}  // namespace mlengine::engine_api
