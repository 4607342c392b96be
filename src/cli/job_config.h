// The Job that `jobs submit training` sends: the --config file, with the flags laid over it.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "base/result.h"

namespace mlengine::cli {

class Invocation;

// A whole Job in YAML or JSON. INVALID_ARGUMENT names file and line.
Result<boost::json::object> ReadJobConfig(const std::string& path);

// Lays the flags of `jobs submit training` over `job`; packageUris is not touched. `region` is used
// where neither flag nor file names one.
void ApplyJobFlags(const Invocation& invocation, const std::string& region,
                   boost::json::object& job);

}  // namespace mlengine::cli
