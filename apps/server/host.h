// The machine under the server: its limits.
#pragma once

#include <cstddef>

namespace mlengine::server {

// Followers, uploads and spools each hold a descriptor: takes as many as the system allows.
void RaiseDescriptorLimit();

// How many descriptors this process may have.
std::size_t DescriptorLimit();

}  // namespace mlengine::server
