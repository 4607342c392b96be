#include "machine_doors.h"

#include <string>
#include <utility>
#include <vector>

#include "engine_api/pool_handler.h"
#include "host.h"

namespace mlengine::server {
namespace {

engine_api::PoolDeps PoolDepsOf(const DoorParts& parts) {
  engine_api::PoolDeps deps{.queue = QueueDepsOf(parts),
                            .description = parts.pool.description,
                            .machine = MachineNow,
                            .metrics = parts.watch.metrics(),
                            .jobs_dir = parts.data.Sub("jobs")};
  for (const executor::GpuDevice& gpu : parts.pool.gpus)
    deps.gpus.push_back({gpu.index, gpu.uuid, gpu.name, gpu.memory_bytes});
  deps.held_gpus = [&executor = parts.executor] {
    std::vector<std::pair<std::string, std::string>> held;
    for (executor::HeldGpu& gpu : executor.HeldGpus())
      held.emplace_back(std::move(gpu.uuid), std::move(gpu.why));
    return held;
  };
  return deps;
}

}  // namespace

engine_api::QueueDeps QueueDepsOf(const DoorParts& parts) {
  return {&parts.store,
          &parts.clock,
          &parts.allowance,
          {parts.pool.slots, static_cast<int>(parts.pool.gpus.size())},
          [&executor = parts.executor] {
            std::vector<std::string> sentences;
            for (executor::HeldGpu& gpu : executor.HeldGpus())
              sentences.push_back(std::move(gpu.why));
            return sentences;
          },
          [&disk = parts.disk, folder = parts.data.path()]() -> std::string {
            const upkeep::DiskState state = disk.State();
            return state.low ? "It waits for room: " + upkeep::DiskSentence(state, folder) + "."
                             : "";
          }};
}

void AddMachineDoors(net::Router& router, const DoorParts& parts) {
  engine_api::RegisterPool(router, PoolDepsOf(parts));
}

}  // namespace mlengine::server
