// The text of prices.yaml, built into the program.
#pragma once

#include <string_view>

namespace mlengine::policy {

std::string_view BuiltInPricesYaml();

}  // namespace mlengine::policy
