// The machine under the server: its limits, and how it is now.
#pragma once

#include <cstddef>

#include "engine_api/pool_handler.h"

namespace mlengine::server {

// Followers, uploads and spools each hold a descriptor: takes as many as the system allows.
void RaiseDescriptorLimit();

// How many descriptors this process may have.
std::size_t DescriptorLimit();

engine_api::MachineState MachineNow();

}  // namespace mlengine::server
