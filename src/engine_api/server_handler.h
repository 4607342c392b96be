// How the server itself is: /healthz for those who watch it, /metrics for Prometheus.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "net/router.h"
#include "store/job_store.h"
#include "telemetry/metrics.h"

namespace mlengine::engine_api {

// How full the disk is, for those who watch it.
struct DiskReport {
  std::uint64_t free_bytes = 0;
  std::uint64_t low_water_bytes = 0;
  std::uint64_t reserve_bytes = 0;  // held
  bool low = false;                 // new work is refused
  std::string sentence;
};

// `metrics` and `store` must outlive the router. `disk` is asked on every call.
void RegisterServer(net::Router& router, telemetry::Metrics& metrics, store::JobStore& store,
                    std::function<DiskReport()> disk);

}  // namespace mlengine::engine_api
