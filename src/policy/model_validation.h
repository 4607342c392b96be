// What a new model or version may ask for, and what may be changed of one. Pure; everything that is
// wrong is reported at once.
#pragma once

#include <string>

#include "base/status.h"
#include "mlengine/ml/v1/model.pb.h"
#include "policy/job_validation.h"
#include "policy/regions.h"

namespace mlengine::policy {

// The machine that serves a version which names none.
inline constexpr std::string_view kDefaultServingMachine = "mls1-c1-m2";
// Files that a version may have (the original's limit).
inline constexpr int kDeploymentFileLimit = 1000;

// OK, or INVALID_ARGUMENT with one violation per wrong field ("model.name"). A field whose
// behaviour is not built is refused by name unless it has its default value; when that is all that
// is wrong, the code is UNIMPLEMENTED. Fields that only the service writes are not looked at.
Status ValidateNewModel(const ml::v1::Model& model, const RegionTable& regions = {});
Status ValidateNewVersion(const ml::v1::Version& version,
                          const PythonVersionsOf& python_versions_of);

// What a patch leaves: the whole model or version as it would be. Only what may change is checked.
Status ValidateChangedModel(const ml::v1::Model& model);
Status ValidateChangedVersion(const ml::v1::Version& version);

// Takes out what only the service may write: in a request it is ignored.
void ClearOutputFields(ml::v1::Model& model);
void ClearOutputFields(ml::v1::Version& version);

// Of models and versions: letters, digits and underscores, the first a letter, at most 128.
bool IsModelName(const std::string& name);

}  // namespace mlengine::policy
