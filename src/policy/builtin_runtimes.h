// The text of runtimes.yaml, built into the program.
#pragma once

#include <string_view>

namespace mlengine::policy {

std::string_view BuiltInRuntimesYaml();

}  // namespace mlengine::policy
