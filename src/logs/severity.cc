#include "logs/severity.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace mlengine::logs {
namespace {

constexpr std::array<std::pair<std::string_view, Severity>, 11> kNames{{
    {"DEFAULT", Severity::kDefault},
    {"DEBUG", Severity::kDebug},
    {"INFO", Severity::kInfo},
    {"NOTICE", Severity::kNotice},
    {"WARNING", Severity::kWarning},
    {"ERROR", Severity::kError},
    {"CRITICAL", Severity::kCritical},
    {"ALERT", Severity::kAlert},
    {"EMERGENCY", Severity::kEmergency},
    {"WARN", Severity::kWarning},
    {"FATAL", Severity::kCritical},
}};

std::optional<Severity> ExactName(std::string_view name) {
  for (const auto& [known, severity] : kNames) {
    if (known == name) return severity;
  }
  return std::nullopt;
}

std::optional<Severity> Letter(char letter) {
  switch (letter) {
    case 'I':
      return Severity::kInfo;
    case 'W':
      return Severity::kWarning;
    case 'E':
      return Severity::kError;
    case 'F':
      return Severity::kCritical;
    default:
      return std::nullopt;
  }
}

// `shape` has 'd' for a digit, 'T' for a space or a T, and other characters for themselves.
bool StartsWithShape(std::string_view line, std::string_view shape) {
  if (line.size() < shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const char c = line[i];
    const bool fits = shape[i] == 'd'   ? c >= '0' && c <= '9'
                      : shape[i] == 'T' ? c == ' ' || c == 'T'
                                        : c == shape[i];
    if (!fits) return false;
  }
  return true;
}

// After "2018-01-02 03:04:05": a fraction, a colon, then a letter or a name.
std::optional<Severity> AfterMoment(std::string_view rest) {
  const std::size_t end = rest.find_first_not_of("0123456789.,");
  if (end == std::string_view::npos) return std::nullopt;
  rest.remove_prefix(end);
  if (rest.starts_with(':')) rest.remove_prefix(1);
  if (!rest.starts_with(' ')) return std::nullopt;
  rest.remove_prefix(1);
  const std::string_view word = rest.substr(0, rest.find_first_of(" :"));
  if (word.size() == 1) return Letter(word[0]);
  return ExactName(word);
}

}  // namespace

std::string_view SeverityName(Severity severity) {
  for (const auto& [name, known] : kNames) {
    if (known == severity) return name;
  }
  return "DEFAULT";
}

std::optional<Severity> ParseSeverity(std::string_view name) {
  std::string upper(name.substr(0, 16));
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return ExactName(upper);
}

std::optional<Severity> LineSeverity(std::string_view line) {
  line = line.substr(0, 128);
  if (line.empty()) return std::nullopt;
  if (StartsWithShape(line, "dddd-dd-ddTdd:dd:dd")) return AfterMoment(line.substr(19));
  if (StartsWithShape(line.substr(1), "dddd dd:dd:dd")) return Letter(line[0]);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || line.find(':', colon + 1) == std::string_view::npos) {
    return std::nullopt;
  }
  return ExactName(line.substr(0, colon));
}

}  // namespace mlengine::logs
