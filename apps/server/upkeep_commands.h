// mlengine server status, backup, restore and check: what is done with a data folder beside serving
// it. The room upkeep has the behaviour.
#pragma once

#include <optional>

namespace mlengine::server {

// The exit code, when argv names one of the verbs; nothing otherwise. 0 well done, 1 findings, no
// server, or a failure with its reason on stderr, 2 wrong arguments.
std::optional<int> RunUpkeepCommand(int argc, char** argv);

}  // namespace mlengine::server
