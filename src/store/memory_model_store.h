// MemoryModelStore: a ModelStore for tests of other rooms, with the same contract but for what
// survives the process.
#pragma once

#include <memory>

#include "store/model_store.h"

namespace mlengine::store {

std::unique_ptr<ModelStore> NewMemoryModelStore();

}  // namespace mlengine::store
