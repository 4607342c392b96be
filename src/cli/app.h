// App: one run of the command line, from words to exit code.
#pragma once

#include <string>
#include <vector>

namespace mlengine::cli {

struct Session;

inline constexpr char kVersion[] = MLENGINE_VERSION;

// `words` without the program's name. Every error is on session.err when it returns.
int RunApp(const std::vector<std::string>& words, Session& session);

}  // namespace mlengine::cli
