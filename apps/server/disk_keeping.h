// How the server watches its disk and what it keeps there, by its options.
#pragma once

#include <cstdint>

#include "logs/file_log_store.h"
#include "options.h"
#include "quotas/quota_file.h"
#include "telemetry/metrics.h"
#include "upkeep/disk_watch.h"
#include "upkeep/log_keeper.h"

namespace mlengine::server {

// Bytes: the log of the store, endpoint and PID, each in its file.
inline constexpr std::uint64_t kRoomToStart = 256U << 10;

// How the disk of the data folder is watched.
upkeep::DiskWatchOptions DiskOptions(const Options& options);
// For how long, and in how much room, logs are kept. What the references are to outlives the
// keeper.
//   mlengine_log_kept_bytes     of the logs and folders of ended jobs, as last looked
//   mlengine_log_budget_bytes   what they may take
//   mlengine_logs_archived_total, mlengine_logs_retired_total
upkeep::LogKeeperOptions KeeperOptions(const Options& options, const quotas::QuotaFile& quotas,
                                       upkeep::DiskWatch& disk, telemetry::Metrics& metrics);

// What the logs take in, with each Render: mlengine_log_bytes_total, mlengine_log_entries_total.
// `logs` outlives the last one.
void ShowTakenIn(telemetry::Metrics& metrics, const logs::FileLogStore& logs);

}  // namespace mlengine::server
