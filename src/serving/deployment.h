// Deployment: the files below a version's deploymentUri, and what kind of model they are.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "mlengine/ml/v1/model.pb.h"
#include "objects/object_store.h"

namespace mlengine::serving {

struct DeploymentLimits {
  int files = 1000;
  std::uint64_t bytes = 10ULL << 30;  // packages included
};

struct DeploymentFile {
  std::string path;  // where it goes, relative to the version's folder: "model/saved_model.pb"
  std::string bucket;
  std::string object;
  std::int64_t generation = 0;
  std::uint64_t size = 0;  // bytes
};

struct Deployment {
  std::vector<DeploymentFile> files;
  std::uint64_t bytes = 0;
};

// Files of the model and packages of its code. FAILED_PRECONDITION with one violation
// ("version.deployment_uri") for a folder that holds nothing or too much, names that can be no
// files, or a package that cannot be read.
Result<Deployment> ListDeployment(objects::ObjectStore& objects, const ml::v1::Version& version,
                                  const DeploymentLimits& limits = {});

// The framework of a model with these files: the version's own, else the one they tell of;
// unspecified for a custom prediction routine, and for model.pt and model.onnx. FAILED_PRECONDITION
// as above when it is not there, or there is more than one model.
Result<ml::v1::Version::Framework> FrameworkOf(const ml::v1::Version& version,
                                               const Deployment& deployment);

}  // namespace mlengine::serving
