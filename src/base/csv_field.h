// TakeCsvField: the fields of a line in which commas part them and blanks mean nothing. For lines
// whose fields are not quoted.
#pragma once

#include <string_view>

namespace mlengine {

// Cuts the first field off `line`; "" at its end.
inline std::string_view TakeCsvField(std::string_view& line) {
  constexpr std::string_view kBlanks = " \t\r";
  std::string_view field = line.substr(0, line.find(','));
  line.remove_prefix(field.size() < line.size() ? field.size() + 1 : line.size());
  while (!field.empty() && kBlanks.find(field.front()) != std::string_view::npos)
    field.remove_prefix(1);
  while (!field.empty() && kBlanks.find(field.back()) != std::string_view::npos)
    field.remove_suffix(1);
  return field;
}

}  // namespace mlengine
