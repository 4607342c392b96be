// The environment that points Google's own clients at the server.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace mlengine::cli {

struct Session;

// Name and value of every variable, in the order of printing. NO_PROXY extends what `session` has.
std::vector<std::pair<std::string, std::string>> GcloudVariables(const std::string& project,
                                                                 const std::string& endpoint,
                                                                 const Session& session);

}  // namespace mlengine::cli
