#include "policy/version_number.h"

#include <charconv>
#include <cstdlib>

namespace mlengine::policy {

std::optional<VersionNumber> ParseVersionNumber(std::string_view text) {
  VersionNumber number;
  const char* end = text.data() + text.size();
  const auto [dot, bad_major] = std::from_chars(text.data(), end, number.major);
  if (bad_major != std::errc() || dot == end || *dot != '.') return std::nullopt;
  const auto [rest, bad_minor] = std::from_chars(dot + 1, end, number.minor);
  if (bad_minor != std::errc() || (rest != end && *rest != '.')) return std::nullopt;
  if (number.major < 0 || number.minor < 0) return std::nullopt;
  return number;
}

VersionNumber Distance(const VersionNumber& a, const VersionNumber& b) {
  return {std::abs(a.major - b.major), std::abs(a.minor - b.minor)};
}

}  // namespace mlengine::policy
