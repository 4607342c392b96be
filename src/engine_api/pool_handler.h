// GET /mlengine/v1/pool: the machine, what runs on it, and what waits for it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine_api/queue_view.h"
#include "metrics/metric_store.h"
#include "net/router.h"

namespace mlengine::engine_api {

struct PoolGpu {
  int index = 0;     // as the driver numbers them
  std::string uuid;  // what leases name
  std::string name;
  std::int64_t memory_bytes = 0;
};

// As it is now; 0 for what cannot be told.
struct MachineState {
  std::string host;
  int cpus = 0;
  std::int64_t memory_bytes = 0;
  std::int64_t memory_free_bytes = 0;      // that programs may still take
  std::array<double, 3> load = {0, 0, 0};  // of the last 1, 5 and 15 minutes
};

struct PoolDeps {
  QueueDeps queue;
  std::string description;
  std::vector<PoolGpu> gpus = {};
  // UUID, and a sentence: why the GPU cannot be leased though no job has it. Unset: none is held.
  std::function<std::vector<std::pair<std::string, std::string>>()> held_gpus = {};
  std::function<MachineState()> machine;
  std::shared_ptr<metrics::MetricStore> metrics;
  std::string jobs_dir;  // DATA/jobs
};

// {"description":…,"slots":{"total":2,"used":1},"startsNothing":…,"machine":{…},"gpus":[…],
// "replicas":[…],"queue":[…],"waiting":12}
// `startsNothing` is there while nothing starts; `waiting` counts all waiting jobs, of which the
// first 200 are in `queue`, in the order in which they may start. Of at most 2,000 replicas what
// they use is told.
void RegisterPool(net::Router& router, const PoolDeps& deps);

}  // namespace mlengine::engine_api
