// Looks at what the data folder has of one job: its record against its log and its replicas'
// folders. Reads only.
#pragma once

#include <string>

#include "store/job_store.h"
#include "upkeep/check.h"

namespace mlengine::upkeep {

void CheckJob(const CheckOptions& options, const store::StoredJob& job, CheckReport& report);

// `path` without the data folder in front of it.
std::string Relative(const CheckOptions& options, const std::string& path);
// Cuts a file to that many bytes and syncs it.
Status CutFile(const std::string& path, std::uint64_t bytes);

}  // namespace mlengine::upkeep
