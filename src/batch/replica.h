// Replica: one worker of a batch prediction from its start to its end. May be killed at any moment
// and started again.
#pragma once

#include <string>

#include "base/status.h"
#include "batch/batch_job.h"

namespace mlengine::batch {

// Prints what it does to standard output. `model_server` is the path of mlengine-model-server; the
// working folder takes the model and what its server prints.
Status RunReplica(const BatchJob& job, const std::string& model_server);

}  // namespace mlengine::batch
