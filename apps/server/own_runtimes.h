// The runtime versions of this server: those that ship with it, and those of catalog.yaml in the
// folder of the runtimes.
#pragma once

#include <string>

#include "base/result.h"
#include "policy/runtime_catalog.h"

namespace mlengine::server {

// INVALID_ARGUMENT names the file, line and key.
Result<policy::RuntimeCatalog> LoadRuntimes(const std::string& runtimes_dir);

}  // namespace mlengine::server
