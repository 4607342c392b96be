// The environment variables that point Google's clients at this server: gcloud,
// google-cloud-storage, google-cloud-cpp and TensorFlow's gs://. One list for `gcloud-env` and for
// jobs. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace mlengine::model {

using EnvironmentList = std::vector<std::pair<std::string, std::string>>;

// `endpoint` is "http://HOST:PORT" without a slash at the end; `no_proxy` what the caller has in
// NO_PROXY already.
EnvironmentList ClientEnvironment(const std::string& project, const std::string& endpoint,
                                  const std::string& no_proxy);

}  // namespace mlengine::model
