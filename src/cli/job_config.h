// The Job that `jobs submit training` sends: the --config file, with the flags laid over it.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "base/result.h"

namespace mlengine::cli {

class Invocation;

// A map in YAML or JSON; `what` is a sentence on what the file should hold, `example` a map of it.
// INVALID_ARGUMENT names file and line.
Result<boost::json::object> ReadConfig(const std::string& path, const std::string& what,
                                       const std::string& example);

// A whole Job in YAML or JSON. INVALID_ARGUMENT names file and line.
Result<boost::json::object> ReadJobConfig(const std::string& path);

// Where in that file the fields are that the server's `message` complains of, one line each
// ("config.yaml, line 4: workerCont"); "" when it names none of them.
std::string LinesNamed(const std::string& path, const std::string& message);

// Lays the flags of `jobs submit training` over `job`; packageUris is not touched. The region is
// that of the flag, else `region` (the environment's; "" is none), else the file's, else
// us-central1.
void ApplyJobFlags(const Invocation& invocation, const std::string& region,
                   boost::json::object& job);

}  // namespace mlengine::cli
