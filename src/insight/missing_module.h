// What an import that failed tells: whose module it is, and what the runtime has of it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "insight/failure_evidence.h"

namespace mlengine::insight {

// The distribution that holds a module, where its name is another: "scikit-learn" of "sklearn";
// else the module's own with '-' for '_'.
std::string DistributionOf(std::string_view module);

// ": runtime 2.19 has tensorflow-cpu 2.19.1": of the distribution of a module as far as
// it is known; "" when it is not.
std::string VersionText(const FailureEvidence& evidence, std::string_view module);
// "2.19.1", of TensorFlow under any of its names; "" when it is not known.
std::string TensorFlowVersion(const FailureEvidence& evidence);

struct MissingModule {
  std::string sentence;
  std::string advice;
};
// "ModuleNotFoundError: No module named 'sklearn.svm'": `module` is the whole name.
MissingModule TellMissing(const FailureEvidence& evidence, std::string_view module);

}  // namespace mlengine::insight
