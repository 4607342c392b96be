// "MAJOR.MINOR" as two numbers: "1.10" is above "1.9".
#pragma once

#include <compare>
#include <optional>
#include <string_view>

namespace mlengine::policy {

struct VersionNumber {
  int major = 0;
  int minor = 0;
  friend auto operator<=>(const VersionNumber&, const VersionNumber&) = default;
};

// Nothing when the text is not of that form; what follows the second number ("3.11.2") is left out.
std::optional<VersionNumber> ParseVersionNumber(std::string_view text);

// How far apart two versions are; major numbers count first.
VersionNumber Distance(const VersionNumber& a, const VersionNumber& b);

}  // namespace mlengine::policy
