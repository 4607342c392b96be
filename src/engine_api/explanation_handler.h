// GET /mlengine/v1/projects/{p}/jobs/{j}/explanation: why the job is where it is, in sentences.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "logs/log_store.h"
#include "net/router.h"
#include "policy/waiting.h"
#include "quotas/allowance.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

struct ExplanationDeps {
  store::JobStore* store = nullptr;  // outlives the router, as the others
  const Clock* clock = nullptr;
  quotas::Allowance* allowance = nullptr;  // null: there are no quotas
  policy::PoolSize pool;
  // Why GPUs of the pool cannot be leased though no job has them, a sentence each; unset: there are
  // none.
  std::function<std::vector<std::string>()> held_gpus = {};
  // Why nothing starts now, in a sentence (the disk is low); "" when jobs start. Unset: they do.
  std::function<std::string()> nothing_starts = {};
  logs::LogStore* logs = nullptr;  // null: a cause does not tell its place in the log
};

// {"state":"QUEUED","sentences":["It needs 1 slot of the 2 of the pool; 0 are free.", …]}
// Of a job that failed also "cause": {"kind":"MODULE_MISSING","replica":"worker 1","time":…,
// "sentence":…,"advice":…,"evidence":[…],"followers":[{"replica":…,"time":…,"sentence":…}],
// "insertId":…}, the last the log's entry that shows it, where one is found
void RegisterExplanations(net::Router& router, const ExplanationDeps& deps);

}  // namespace mlengine::engine_api
