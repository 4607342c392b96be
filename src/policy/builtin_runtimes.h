// The texts of runtimes.yaml and original_runtimes.yaml, built into the program.
#pragma once

#include <string_view>

namespace mlengine::policy {

std::string_view BuiltInRuntimesYaml();
std::string_view BuiltInOriginalRuntimesYaml();

}  // namespace mlengine::policy
