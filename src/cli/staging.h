// Staging: a job's local packages into object storage, under their hash, once.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace mlengine::cli {

class Api;
struct Session;

// Uploads `files` to LOCATION/packages/HASH/NAME and returns their gs:// addresses in the same
// order. What lies there already is not sent again; `quiet` silences the line that says so.
// INVALID_ARGUMENT when two files have one name or `location` is no gs:// address.
Result<std::vector<std::string>> StagePackages(Api& api, Session& session,
                                               const std::vector<std::string>& files,
                                               const std::string& location, bool quiet);

}  // namespace mlengine::cli
