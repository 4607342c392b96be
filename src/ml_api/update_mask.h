// The parameter updateMask of a patch: comma-separated paths of fields, in either spelling.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/http.h"

namespace mlengine::ml_api {

// The paths in snake_case ("auto_scaling.min_nodes"). INVALID_ARGUMENT when there are none, or one
// is not in `allowed`; UNIMPLEMENTED for one that begins with an element of `later`, whose change
// is not built.
Result<std::set<std::string>> UpdateMask(const net::Request& request,
                                         const std::vector<std::string>& allowed,
                                         const std::vector<std::string>& later = {});

}  // namespace mlengine::ml_api
