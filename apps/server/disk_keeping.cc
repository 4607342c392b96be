#include "disk_keeping.h"

#include "policy/quota_settings.h"

namespace mlengine::server {

upkeep::LogKeeperOptions KeeperOptions(const Options& options, const quotas::QuotaFile& quotas,
                                       upkeep::DiskWatch& disk, telemetry::Metrics& metrics) {
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
  keeper.on_turn = [&metrics, budget = keeper.budget](const upkeep::LogKeeping& turn) {
    metrics.Set("mlengine_log_kept_bytes", "Of the logs and folders of ended jobs.", {},
                static_cast<double>(turn.bytes));
    if (budget) {
      metrics.Set("mlengine_log_budget_bytes", "What logs and folders of ended jobs may take.", {},
                  static_cast<double>(*budget));
    }
    metrics.Add("mlengine_logs_archived_total", "Logs that were compressed.", {}, turn.archived);
    metrics.Add("mlengine_logs_retired_total", "Logs that were taken away.", {}, turn.retired);
  };
  return keeper;
}

void ShowTakenIn(telemetry::Metrics& metrics, const logs::FileLogStore& logs) {
  metrics.OnRender([&logs](telemetry::Metrics& shown) {
    shown.RaiseTo("mlengine_log_bytes_total", "Bytes of the programs that became entries.", {},
                  static_cast<double>(logs.taken_in().bytes));
    shown.RaiseTo("mlengine_log_entries_total", "Entries of all logs, the service's too.", {},
                  static_cast<double>(logs.taken_in().entries));
  });
}

upkeep::DiskWatchOptions DiskOptions(const Options& options) {
  upkeep::DiskWatchOptions disk{.folder = options.data_dir, .low_water = {}, .reserve = {}};
  const std::uint64_t total = upkeep::MeasureDisk(options.data_dir).value_or({}).total;
  if (options.limits.low_water) disk.low_water = options.limits.low_water->Of(total);
  disk.reserve = options.limits.reserve;
  return disk;
}

}  // namespace mlengine::server
