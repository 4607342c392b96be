// The machine under the server: its environment, limits and disk.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "base/result.h"

namespace mlengine::server {

// This process's environment.
std::map<std::string, std::string> OwnEnvironment();

// Followers, uploads and spools each hold a descriptor: takes as many as the system allows.
void RaiseDescriptorLimit();

// How many descriptors this process may have.
std::size_t DescriptorLimit();

}  // namespace mlengine::server
