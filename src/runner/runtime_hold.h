// A replica's hold on the environment that it runs on.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace mlengine::runner {

// A shared lock on the environment of `interpreter`: as long as the descriptor is open nobody
// removes it. Not open for a Python that is no environment of ours. FAILED_PRECONDITION when it is
// being removed.
Result<UniqueFd> HoldRuntime(const std::string& interpreter);

}  // namespace mlengine::runner
