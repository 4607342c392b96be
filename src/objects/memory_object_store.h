// MemoryObjectStore: an ObjectStore that forgets with the process; for tests. Thread-safe.
#pragma once

#include <memory>

#include "base/clock.h"
#include "objects/object_store.h"

namespace mlengine::objects {

// The clock outlives the store, the store its writers.
std::unique_ptr<ObjectStore> NewMemoryObjectStore(const Clock& clock);

}  // namespace mlengine::objects
