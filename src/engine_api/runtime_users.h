// Which unfinished jobs need a runtime's environment, so that none is removed under them.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "runtimes/runtime_store.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

struct RuntimeDeps {
  runtimes::RuntimeStore* runtimes = nullptr;
  store::JobStore* jobs = nullptr;
  std::string default_runtime = {};  // of this server; "" takes the catalog's
};

// "PROJECT/JOB" of each unfinished job that runs on the runtime version `name` or, while it waits,
// asked for it. With `python_version` ("2.7") only those that the environment of that Python would
// run.
Result<std::vector<std::string>> JobsThatNeed(const RuntimeDeps& deps, const std::string& name,
                                              const std::string& python_version);

// Removes the superseded environments of every runtime version that no unfinished job needs.
void RemoveSuperseded(const RuntimeDeps& deps);

}  // namespace mlengine::engine_api
