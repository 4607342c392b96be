// Numbers as text, and back.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace mlengine {

// All of `text` as a number; nothing when it is anything else, or does not fit the type. As
// std::from_chars has it: decimal, no space, no plus sign; "inf" and "nan" are floating numbers.
template <typename T>
std::optional<T> ToNumber(std::string_view text) {
  T number{};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

// With so many digits after the point.
std::string FixedText(double number, int decimals);

}  // namespace mlengine
