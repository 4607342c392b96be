// Fire drills: a job's owner has something of it ended, to see whether it survives. The door stores
// the intent; the reconciler carries it out. docs/guides/fire-drill.md.
//
//   POST /mlengine/v1/projects/{p}/jobs/{j}/drills  {"action":"kill","replica":"worker:1"}
//   GET  /mlengine/v1/projects/{p}/jobs/{j}/drills/{number}
//   GET  /mlengine/v1/projects/{p}/jobs/{j}/drills
#pragma once

#include <functional>

#include "base/clock.h"
#include "logs/log_store.h"
#include "net/router.h"
#include "policy/price_book.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

struct DrillDeps {
  store::JobStore* store = nullptr;  // outlives the router, as the others
  logs::LogStore* logs = nullptr;
  const policy::PriceBook* prices = nullptr;
  const Clock* clock = nullptr;
  int stop_grace_seconds = 0;
  // Why the server cannot be started again in place, with what to do; OK when it can.
  std::function<Status()> can_restart = {};
};

// POST answers the drill's report, PENDING at first; with "validateOnly":true nothing is done, and
// the answer is the forecast (drill_forecast.h). An Idempotency-Key makes a repeated POST answer
// the first's drill. FAILED_PRECONDITION when the job does not run, or another drill of it is not
// over.
void RegisterDrills(net::Router& router, const DrillDeps& deps);

}  // namespace mlengine::engine_api
