// How the server itself is: /healthz for those who watch it, /metrics for Prometheus.
#pragma once

#include "net/router.h"
#include "store/job_store.h"
#include "telemetry/metrics.h"

namespace mlengine::engine_api {

// `metrics` and `store` must outlive the router.
void RegisterServer(net::Router& router, telemetry::Metrics& metrics, store::JobStore& store);

}  // namespace mlengine::engine_api
