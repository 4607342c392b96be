// The limits that mlengine.yaml sets, by their keys, with the values in force, for people.
#pragma once

#include <vector>

#include "engine_api/system_handler.h"
#include "options.h"
#include "upkeep/disk_watch.h"

namespace mlengine::server {

// `slots`: of the pool.
std::vector<engine_api::LimitReport> LimitsInForce(const Options& options, int slots,
                                                   const upkeep::DiskState& disk);

}  // namespace mlengine::server
