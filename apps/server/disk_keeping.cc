#include "disk_keeping.h"

#include "policy/quota_settings.h"

namespace mlengine::server {

upkeep::LogKeeperOptions KeeperOptions(const Options& options, const quotas::QuotaFile& quotas,
                                       upkeep::DiskWatch& disk) {
  const std::uint64_t total = upkeep::MeasureDisk(options.data_dir).value_or({}).total;
  upkeep::LogKeeperOptions keeper;
  keeper.data_folder = options.data_dir;
  keeper.archive_after = options.limits.archive_logs_after;
  keeper.every = options.limits.look_at_logs_every;
  keeper.budget = options.limits.log_budget.Of(total);
  keeper.has_room = [&disk] { return disk.AcceptWork().ok(); };
  keeper.keep_days = [&quotas](const std::string& project) -> std::optional<std::int64_t> {
    const std::int64_t days = policy::LogDays(quotas.Of(project));
    return days == policy::kUnlimited ? std::nullopt : std::optional(days);
  };
  return keeper;
}

upkeep::DiskWatchOptions DiskOptions(const Options& options) {
  upkeep::DiskWatchOptions disk{.folder = options.data_dir, .low_water = {}, .reserve = {}};
  const std::uint64_t total = upkeep::MeasureDisk(options.data_dir).value_or({}).total;
  if (options.limits.low_water) disk.low_water = options.limits.low_water->Of(total);
  disk.reserve = options.limits.reserve;
  return disk;
}

}  // namespace mlengine::server
