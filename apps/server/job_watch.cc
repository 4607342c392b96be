#include "job_watch.h"

#include <algorithm>
#include <functional>
#include <thread>

#include "engine_api/metric_folders.h"

namespace mlengine::server {

JobWatch::JobWatch(const JobWatchParts& parts)
    : metrics_(std::make_shared<metrics::MetricStore>(parts.objects)) {
  const LimitOptions& limits = parts.options.limits;
  const std::string jobs_dir = parts.data.Sub("jobs");
  metrics::FollowSources sources;
  sources.logs = &parts.logs;
  sources.metrics = metrics_.get();
  sources.folders = [jobs_dir](const store::JobRecord& record) {
    return engine_api::MetricFolders(record, jobs_dir);
  };
  sources.health = {.logs = &parts.logs,
                    .objects = &parts.objects,
                    .jobs_dir = jobs_dir,
                    .cores = std::max<double>(1, std::thread::hardware_concurrency()),
                    .limits = limits.hints};
  metrics::KeeperOptions keeper;
  keeper.give_hints = limits.give_hints;
  keeper.events_every = limits.look_at_health_every;
  keeper.disk = [&disk = parts.disk, folder = parts.data.path()] {
    const upkeep::DiskState state = disk.State();
    return metrics::DiskTrend{.free_bytes = static_cast<double>(state.room.free),
                              .low_water = static_cast<double>(state.low_water),
                              .folder = folder};
  };
  keeper_ = std::make_unique<metrics::ProgressKeeper>(parts.store, parts.clock, std::move(sources),
                                                      std::move(keeper));
  table_ = std::make_unique<engine_api::JobTable>(parts.store, parts.prices);
}

void JobWatch::Start() {
  keeper_->Start();
  table_->Start();
}

void JobWatch::Join(scheduler::ReconcilerPorts& ports) {
  ports.hints = std::bind_front(&metrics::ProgressKeeper::Hints, keeper_.get());
  ports.progress = std::bind_front(&metrics::ProgressKeeper::Last, keeper_.get());
}

}  // namespace mlengine::server
