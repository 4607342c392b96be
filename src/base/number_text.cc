#include "base/number_text.h"

#include <array>

namespace mlengine {

std::string FixedText(double number, int decimals) {
  std::array<char, 400> text;  // the largest double has 309 digits before the point
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number,
                                          std::chars_format::fixed, decimals);
  return error == std::errc() ? std::string(text.data(), end) : std::string();
}

}  // namespace mlengine
