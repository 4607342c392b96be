#include "engine_api/server_handler.h"

namespace mlengine::engine_api {

void RegisterServer(net::Router& router, telemetry::Metrics& metrics, store::JobStore& store) {
  metrics.OnRender([&store](telemetry::Metrics& m) {
    const auto counts = store.CountByState();
    if (!counts.ok()) return;
    for (const auto& [state, count] : *counts) {
      m.Set("mlengine_jobs", "Jobs in the store by state.",
            {{"state", ml::v1::Job::State_Name(static_cast<ml::v1::Job::State>(state))}},
            static_cast<double>(count));
    }
  });
  router.Handle("GET", "/healthz", [&store](net::Request&) {
    net::Response response;
    // Healthy means that the store answers; everything else recovers by itself.
    const bool healthy = store.CountByState().ok();
    response.status = healthy ? 200 : 503;
    response.headers.Set("Content-Type", "text/plain; charset=utf-8");
    response.body = healthy ? "ok\n" : "the job store does not answer\n";
    return response;
  });
  router.Handle("GET", "/metrics", [&metrics](net::Request&) {
    net::Response response;
    response.headers.Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    response.body = metrics.Render();
    return response;
  });
}

}  // namespace mlengine::engine_api
