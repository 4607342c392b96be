// Where a program lies on PATH.
#pragma once

#include <string>

namespace mlengine::cli {

struct Session;

// Its path, or "" when there is none that may be run.
std::string OnPath(const Session& session, const std::string& name);

}  // namespace mlengine::cli
