// The pool of this machine: the executor that runs replicas beside the server.
#pragma once

#include <memory>

#include "base/result.h"
#include "data_folder.h"
#include "executor/executor.h"
#include "options.h"

namespace mlengine::server {

// Looks for the machine's GPUs first. The runner is the program beside this one.
Result<std::unique_ptr<executor::Executor>> OpenLocalPool(const Options& options,
                                                          const DataFolder& data);

}  // namespace mlengine::server
