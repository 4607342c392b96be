// Staging: a job's local packages into object storage, under their hash, once.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/object_client.h"

namespace mlengine::cli {

class Api;
struct Session;

struct StagedPackages {
  std::string hash;            // over all files
  std::vector<GsPath> places;  // of each file: LOCATION/packages/HASH/NAME
};
// Where StagePackages puts `files`; sends nothing. Its errors.
Result<StagedPackages> StagedPlaces(const std::vector<std::string>& files,
                                    const std::string& location);

// Uploads `files` to LOCATION/packages/HASH/NAME and returns their gs:// addresses in the same
// order. What lies there already is not sent again; `quiet` silences the line that says so.
// INVALID_ARGUMENT when two files have one name or `location` is no gs:// address.
Result<std::vector<std::string>> StagePackages(Api& api, Session& session,
                                               const std::vector<std::string>& files,
                                               const std::string& location, bool quiet);

}  // namespace mlengine::cli
