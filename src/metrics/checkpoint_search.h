// Looks for checkpoints of a training by their names (insight::IsCheckpoint), in a bucket or in a
// folder of this machine. Thread-safe.
#pragma once

#include <string>

#include "base/clock.h"
#include "objects/object_store.h"

namespace mlengine::metrics {

enum class CheckpointFinding {
  kFound,
  kNone,
  kUnknown,  // not everything could be looked at
};

// One below `folder`, gs://BUCKET/… or absolute, that was written after `since`. Symbolic links are
// not followed.
CheckpointFinding FindCheckpoint(objects::ObjectStore& objects, const std::string& folder,
                                 Time since);

}  // namespace mlengine::metrics
