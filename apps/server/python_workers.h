// How a version that Python answers for is started here: with which interpreter, and whether it may
// be at all.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "quotas/quota_file.h"
#include "runtimes/runtime_store.h"
#include "serving/loader.h"

namespace mlengine::server {

struct WorkerParts {
  runtimes::RuntimeStore& runtimes;
  const quotas::QuotaFile& quotas;
  std::string environments;  // where those with versions' packages are
  int prediction_seconds;    // after which a prediction that has no end ends the worker
};

// The words of its worker. FAILED_PRECONDITION when no runtime here has its framework, or the
// project allows no code of versions.
Result<std::vector<std::string>> WorkerWords(const WorkerParts& parts,
                                             const serving::ServedVersion& version);

}  // namespace mlengine::server
