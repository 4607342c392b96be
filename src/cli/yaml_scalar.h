// One string as a YAML scalar.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mlengine::cli {

// `text` (UTF-8) as it stands in a block collection. `column` is where it starts, `indent` where
// its further lines start; a key is never folded.
std::string YamlScalar(std::string_view text, std::size_t column, std::size_t indent, bool is_key);

}  // namespace mlengine::cli
