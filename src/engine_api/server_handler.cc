#include "engine_api/server_handler.h"

#include <cstdint>
#include <map>
#include <utility>

namespace mlengine::engine_api {

void RegisterServer(net::Router& router, telemetry::Metrics& metrics, store::JobStore& store,
                    std::function<DiskReport()> disk) {
  metrics.OnRender([&store, disk](telemetry::Metrics& m) {
    const DiskReport room = disk();
    m.Set("mlengine_disk_free_bytes", "Free on the data folder's disk.", {},
          static_cast<double>(room.free_bytes));
    m.Set("mlengine_disk_low", "1 while new jobs and uploads are refused for want of disk.", {},
          room.low ? 1 : 0);
    const auto counts = store.CountByState();
    if (!counts.ok()) return;
    // Also the states that no job is in any more.
    std::map<int, std::int64_t> by_state(counts->begin(), counts->end());
    for (int state = ml::v1::Job::State_MIN + 1; state <= ml::v1::Job::State_MAX; ++state) {
      m.Set("mlengine_jobs", "Jobs in the store by state.",
            {{"state", ml::v1::Job::State_Name(static_cast<ml::v1::Job::State>(state))}},
            static_cast<double>(by_state[state]));
    }
  });
  router.Handle("GET", "/healthz", [&store, disk = std::move(disk)](net::Request&) {
    net::Response response;
    // Healthy means that the store answers; everything else recovers by itself, a low disk too,
    // which is only told.
    const bool healthy = store.CountByState().ok();
    response.status = healthy ? 200 : 503;
    response.headers.Set("Content-Type", "text/plain; charset=utf-8");
    const DiskReport room = disk();
    response.body = healthy ? "ok\n" : "the job store does not answer\n";
    if (room.low) response.body += room.sentence + "\n";
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
