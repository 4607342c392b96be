// GET /mlengine/v1/projects/{p}/jobs/{j}/explanation: why the job is where it is, in sentences.
#pragma once

#include "engine_api/queue_view.h"
#include "net/router.h"

namespace mlengine::engine_api {

// {"state":"QUEUED","sentences":["It needs 1 slot of the 2 of the pool; 0 are free.", …]}
// Of a job that failed also "cause": {"kind":"MODULE_MISSING","replica":"worker 1","time":…,
// "sentence":…,"advice":…,"evidence":[…],"followers":[{"replica":…,"time":…,"sentence":…}]}
void RegisterExplanations(net::Router& router, const QueueDeps& deps);

}  // namespace mlengine::engine_api
