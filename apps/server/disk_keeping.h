// How the server watches its disk and what it keeps there, by its options.
#pragma once

#include <cstdint>

#include "options.h"
#include "quotas/quota_file.h"
#include "upkeep/disk_watch.h"
#include "upkeep/log_keeper.h"

namespace mlengine::server {

// Bytes: the log of the store, endpoint and PID, each in its file.
inline constexpr std::uint64_t kRoomToStart = 256U << 10;

// How the disk of the data folder is watched.
upkeep::DiskWatchOptions DiskOptions(const Options& options);
// For how long, and in how much room, logs are kept. `quotas` and `disk` outlive the keeper.
upkeep::LogKeeperOptions KeeperOptions(const Options& options, const quotas::QuotaFile& quotas,
                                       upkeep::DiskWatch& disk);

}  // namespace mlengine::server
