// Unpacks source and wheel archives (tar, tar.gz, zip) that nobody vouches for. Run in a process of
// its own: see staging.h.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace mlengine::runner {

struct UnpackLimits {
  std::uint64_t bytes = 8ULL << 30;  // of all files together, unpacked
  std::uint64_t entries = 200'000;
};

// Unpacks `archive` into the existing folder `folder`. Plain files and folders only; nothing is
// written outside. INVALID_ARGUMENT, in one sentence that names `name` and the entry, for a broken
// archive, a path that leads out, a link, a device, or more than the limits allow.
Status Unpack(const std::string& archive, const std::string& name, const std::string& folder,
              const UnpackLimits& limits = {});

}  // namespace mlengine::runner
