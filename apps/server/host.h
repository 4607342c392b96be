// The machine under the server: its environment, limits and disk.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/result.h"

namespace mlengine::server {

// This process's environment.
std::map<std::string, std::string> OwnEnvironment();

// Followers, uploads and spools each hold a descriptor: takes as many as the system allows.
void RaiseDescriptorLimit();

// A check for RegisterMl and RegisterStorage: RESOURCE_EXHAUSTED while the disk that holds `folder`
// has fewer free bytes, so that new work is refused before the records of running jobs are in
// danger.
std::function<Status()> DiskGuard(const std::string& folder, long long low_water_bytes);

}  // namespace mlengine::server
