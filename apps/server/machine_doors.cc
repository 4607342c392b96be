#include "machine_doors.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/boot_id.h"
#include "base/file_system.h"
#include "engine_api/pool_handler.h"
#include "engine_api/price_handler.h"
#include "engine_api/system_handler.h"
#include "host.h"
#include "limit_report.h"
#include "upkeep/system_look.h"

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

std::optional<engine_api::StoreReport> ReportOf(const std::optional<upkeep::SystemSight>& sight) {
  if (!sight) return std::nullopt;
  const upkeep::StoreSizes& sizes = sight->sizes;
  engine_api::StoreReport report{sight->measured,
                                 {{"state", sizes.state},
                                  {"logs", sizes.logs},
                                  {"buckets", sizes.buckets},
                                  {"cache", sizes.cache},
                                  {"runtimes", sizes.runtimes},
                                  {"jobs", sizes.jobs}},
                                 {}};
  for (const upkeep::ProgramFile& program : sight->programs)
    report.programs.push_back({program.name, program.bytes, program.version});
  return report;
}

std::shared_ptr<upkeep::SystemLook> LookOf(const DoorParts& parts) {
  upkeep::SystemLookOptions options{.data_folder = parts.data.path(), .programs = {}};
  std::error_code failed;
  const std::filesystem::path own = std::filesystem::read_symlink("/proc/self/exe", failed);
  for (const char* name : {"mlengine", "mlengine-server", "mlengine-runner",
                           "mlengine-model-server", "mlengine-batch-predictor"})
    options.programs.push_back((own.parent_path() / name).string());
  return std::make_shared<upkeep::SystemLook>(std::move(options), parts.clock);
}

engine_api::SystemDeps SystemDepsOf(const DoorParts& parts) {
  const std::string& runtime = parts.options.default_runtime;
  return {
      .store = &parts.store,
      .version = MLENGINE_VERSION,
      .started = parts.clock.Now(),
      .data_folder = parts.data.path(),
      .boot_id = BootId().value_or(""),
      .default_runtime = runtime.empty() ? parts.runtimes.catalog().DefaultName() : runtime,
      .url =
          [endpoint = parts.data.Sub("run/endpoint")] {
            std::string url = RealFileSystem().Read(endpoint, 256).value_or("");
            return url.substr(0, url.find('\n'));
          },
      .disk = [&disk = parts.disk,
               folder = parts.data.path()] { return DiskReportOf(disk, folder); },
      .measured = [look = LookOf(parts)] { return ReportOf(look->Last()); },
      .limits = [&disk = parts.disk, &options = parts.options,
                 slots = parts.pool.slots] { return LimitsInForce(options, slots, disk.State()); }};
}

}  // namespace

engine_api::DiskReport DiskReportOf(upkeep::DiskWatch& disk, const std::string& folder) {
  const upkeep::DiskState state = disk.State();
  return {state.room.free, state.low_water, state.reserve_held, state.low,
          upkeep::DiskSentence(state, folder)};
}

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
          [&disk = parts.disk, folder = parts.data.path()]() -> std::optional<policy::Reason> {
            const upkeep::DiskState state = disk.State();
            if (!state.low) return std::nullopt;
            return policy::Reason{"It waits for room: " + upkeep::DiskSentence(state, folder) + ".",
                                  "DISK_LOW",
                                  {{"folder", folder},
                                   {"freeBytes", std::to_string(state.room.free)},
                                   {"lowWaterBytes", std::to_string(state.low_water)}}};
          }};
}

void AddMachineDoors(net::Router& router, const DoorParts& parts) {
  engine_api::RegisterPool(router, PoolDepsOf(parts));
  engine_api::RegisterSystem(router, SystemDepsOf(parts));
  engine_api::RegisterPrices(router, {&parts.prices, policy::RegionTable(parts.options.regions),
                                      [&runtimes = parts.runtimes] {
                                        std::vector<std::string> names;
                                        for (const auto& version : runtimes.catalog().versions())
                                          names.push_back(version.name);
                                        return names;
                                      }});
}

}  // namespace mlengine::server
