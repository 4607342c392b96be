// What the methods of models, versions, operations and access policies work with.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "mlengine/ml/v1/model.pb.h"
#include "policy/job_validation.h"
#include "policy/regions.h"
#include "store/job_store.h"
#include "store/model_store.h"

namespace mlengine::ml_api {

struct ModelDeps {
  store::ModelStore* models = nullptr;  // outlives the router, as do the two below
  store::JobStore* jobs = nullptr;
  const Clock* clock = nullptr;
  policy::PythonVersionsOf python_versions_of;
  policy::RegionTable regions = {};
  std::string default_runtime = {};          // of versions that name none; "" leaves it open
  std::function<Status()> accept_work = {};  // not OK: nothing new now. Or unset
  // Not OK: the files of a new version cannot be taken. Or unset.
  std::function<Status(const ml::v1::Version& version)> check_deployment = {};
  // When a version was last asked to predict. Unset: nobody knows.
  std::function<std::optional<Time>(const store::StoredResource& version)> last_use = {};
  // How long an answer may wait for its operation, so that quick ones are done in it.
  std::chrono::milliseconds answer_within{0};
};

}  // namespace mlengine::ml_api
