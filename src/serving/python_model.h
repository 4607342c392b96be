// Which versions Python answers for, and whose code runs when they are loaded. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "mlengine/ml/v1/model.pb.h"

namespace mlengine::serving {

enum class PythonModel { kNone, kScikitLearn, kXgboost, kPyTorch, kOnnx, kRoutine };

// Whether the version's model has a file of that name, "model.bst".
using HasFile = std::function<bool(std::string_view name)>;

// By its framework, its prediction class, or the files of those that the original has no framework
// for; kNone for TensorFlow, and for what nothing here can run. `version` has its framework.
PythonModel PythonModelOf(const ml::v1::Version& version, const HasFile& has_file);

// FAILED_PRECONDITION, with a violation, for a version whose load runs code that came with it: a
// pickle, a package, a prediction routine. It says how a project allows that.
Status CheckCodeAllowed(const std::string& project, const ml::v1::Version& version,
                        const HasFile& has_file);

}  // namespace mlengine::serving
