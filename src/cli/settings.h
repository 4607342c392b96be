// Which project and which server: flag, environment, configuration file, then what runs on this
// machine.
#pragma once

#include <string>

#include "base/result.h"

namespace mlengine::cli {

struct Session;
class Invocation;

// INVALID_ARGUMENT when the configuration file cannot be read as YAML.
Result<std::string> ProjectOf(const Invocation& invocation, const Session& session);

// "http://127.0.0.1:8650", without a slash at the end. UNAVAILABLE when MLENGINE_DATA_DIR names a
// folder that no server has, and nothing else names one.
Result<std::string> EndpointOf(const Invocation& invocation, const Session& session);

// The data folder of the local server: MLENGINE_DATA_DIR, else ~/.mlengine, as root
// /var/lib/mlengine.
std::string DataFolder(const Session& session);

}  // namespace mlengine::cli
