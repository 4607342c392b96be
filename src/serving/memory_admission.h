// Whether a process with a model fits the machine's memory, before it is started: a model that is
// loaded all the same takes others down with it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/status.h"

namespace mlengine::serving {

// All bytes.
struct ServingMemory {
  std::uint64_t total = 0;      // of the machine
  std::uint64_t available = 0;  // of that, now
  std::uint64_t limit = 0;      // that all model servers may take; 0: what there is
  std::uint64_t taken = 0;      // by those that run
};

// About what a process takes once it has loaded a model of files of that size: those, and its
// framework.
std::uint64_t MemoryNeed(std::uint64_t model_bytes);

// FAILED_PRECONDITION when the need is more than can ever be had, RESOURCE_EXHAUSTED when it is
// now.
Status CheckMemory(std::uint64_t need, const ServingMemory& memory);

// Resident bytes of a process; 0 for one that is gone.
std::uint64_t ResidentBytes(pid_t pid);
// Of all files beneath a folder.
std::uint64_t FolderBytes(const std::string& folder);

}  // namespace mlengine::serving
