// The name of a flag among a program's arguments.
#pragma once

#include <string>
#include <string_view>

namespace mlengine::insight {

// "log_dir" of "--log-dir" and "-Log_Dir"; "" when the word is no flag.
std::string FlagName(std::string_view word);

}  // namespace mlengine::insight
