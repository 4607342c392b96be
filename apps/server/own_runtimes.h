// The runtime versions of this server: those that ship with it, and those of catalog.yaml in the
// folder of the runtimes.
#pragma once

#include <memory>

#include "base/result.h"
#include "data_folder.h"
#include "options.h"
#include "runtimes/runtime_store.h"

namespace mlengine::server {

// INVALID_ARGUMENT names the file, line and key.
Result<std::unique_ptr<runtimes::RuntimeStore>> OpenRuntimes(const Options& options,
                                                             const DataFolder& data);

}  // namespace mlengine::server
