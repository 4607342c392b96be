// GET /mlengine/v1/projects/{p}/jobs/{j}/explanation: why the job is where it is, in sentences.
#pragma once

#include "engine_api/queue_view.h"
#include "logs/log_store.h"
#include "net/router.h"

namespace mlengine::engine_api {

// {"state":"QUEUED","sentences":["It needs 1 slot of the 2 of the pool; 0 are free.", …],
// "reasons":[{"code":"NEEDS_ROOM","values":{"slots":"1",…}}, …]}: the same for programs
// (reasons.h), codes of queue_view.h, and ABOUT_TO_START, STARTING, RUNNING, STOPPING,
// REPLICAS_RUN, REPLICAS_BEGAN, REPLICAS_ENDED.
// Of a job that failed also "cause": {"kind":"MODULE_MISSING","replica":"worker 1","time":…,
// "sentence":…,"advice":…,"evidence":[…],"followers":[{"replica":…,"time":…,"sentence":…}],
// "insertId":…}, the last the log's entry that shows it, where one is found.
// `logs` outlives the router; null: no insertId is told.
void RegisterExplanations(net::Router& router, const QueueDeps& deps,
                          logs::LogStore* logs = nullptr);

}  // namespace mlengine::engine_api
