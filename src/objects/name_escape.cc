#include "objects/name_escape.h"

#include <algorithm>

namespace mlengine::objects {
namespace {

constexpr std::string_view kEmptyPart = "%empty";

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsEscapeAt(std::string_view text, std::size_t i) {
  return i + 2 < text.size() && text[i] == '%' && HexDigit(text[i + 1]) >= 0 &&
         HexDigit(text[i + 2]) >= 0;
}

// A '%' stays as it is where nothing could read it as ours, so that a dropped "100%.txt" is found
// under its own name.
bool NeedsEscape(std::string_view part, std::size_t i) {
  if (part[i] == '%') {
    const bool goes_on = i + 1 < part.size() && part[i + 1] == '+';
    return i == 0 || goes_on || IsEscapeAt(part, i);
  }
  return part[i] == '.' && (part == "." || part == "..");
}

std::string EscapeText(std::string_view part) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (!NeedsEscape(part, i)) {
      out += part[i];
      continue;
    }
    const auto byte = static_cast<unsigned char>(part[i]);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15U];
  }
  return out;
}

// Where a level may end: not inside a UTF-8 sequence, nor inside an escape.
std::size_t CutBefore(std::string_view text, std::size_t most) {
  std::size_t cut = most;
  while ((static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U && cut > most - 4) --cut;
  if (text[cut - 1] == '%') return cut - 1;
  if (text[cut - 2] == '%') return cut - 2;
  return cut;
}

}  // namespace

std::vector<std::string> EscapePart(std::string_view part) {
  if (part.empty()) return {std::string(kEmptyPart)};
  std::string rest = EscapeText(part);
  std::vector<std::string> levels;
  while (rest.size() > kLongestLeaf) {
    const std::size_t cut = CutBefore(rest, kLongestLeaf - kGoesOn.size());
    levels.push_back(rest.substr(0, cut) + std::string(kGoesOn));
    rest.erase(0, cut);
  }
  levels.push_back(std::move(rest));
  return levels;
}

std::optional<std::string> UnescapePart(const std::vector<std::string>& levels) {
  std::string text;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    std::string_view level = levels[i];
    if (i + 1 < levels.size()) {
      if (!level.ends_with(kGoesOn)) return std::nullopt;
      level.remove_suffix(kGoesOn.size());
    }
    text += level;
  }
  std::string part;
  if (text != kEmptyPart) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (!IsEscapeAt(text, i)) {
        part += text[i];
        continue;
      }
      part += static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]));
      i += 2;
    }
  }
  if (part.find('/') != std::string::npos || part.find('\0') != std::string::npos) {
    return std::nullopt;
  }
  // Two paths for one name would be two objects of one name: only the one that we would write
  // counts.
  if (EscapePart(part) != levels) return std::nullopt;
  return part;
}

std::vector<std::string> EscapeName(std::string_view name) {
  std::vector<std::string> path;
  while (true) {
    const std::size_t slash = name.find('/');
    std::vector<std::string> levels = EscapePart(name.substr(0, slash));
    std::move(levels.begin(), levels.end(), std::back_inserter(path));
    if (slash == std::string_view::npos) return path;
    name.remove_prefix(slash + 1);
  }
}

}  // namespace mlengine::objects
