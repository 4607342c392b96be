// MemoryJobStore: a JobStore for tests of other rooms, with the same contract but for what survives
// the process.
#pragma once

#include <memory>

#include "store/job_store.h"

namespace mlengine::store {

std::unique_ptr<JobStore> NewMemoryJobStore();

}  // namespace mlengine::store
