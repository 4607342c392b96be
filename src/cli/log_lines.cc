#include "cli/log_lines.h"

#include <boost/json.hpp>

#include "cli/api.h"
#include "cli/output.h"

namespace mlengine::cli {
namespace {

// Length of the line end at `at`, or 0.
std::size_t BreakAt(std::string_view text, std::size_t at) {
  const auto c = static_cast<unsigned char>(text[at]);
  if (c == '\r') return at + 1 < text.size() && text[at + 1] == '\n' ? 2 : 1;
  if ((c >= '\n' && c <= '\f') || (c >= 0x1C && c <= 0x1E)) return 1;
  if (text.substr(at, 2) == "\xC2\x85") return 2;
  if (text.substr(at, 3) == "\xE2\x80\xA8" || text.substr(at, 3) == "\xE2\x80\xA9") return 3;
  return 0;
}

std::string Colored(const std::string& severity) {
  const char* code = severity == "WARNING"                          ? "33"
                     : severity == "DEBUG" || severity == "DEFAULT" ? "2"
                                                                    : nullptr;
  if (severity == "ERROR" || severity == "CRITICAL" || severity == "ALERT" ||
      severity == "EMERGENCY")
    code = "31";
  return code == nullptr ? severity : "\x1b[" + std::string(code) + "m" + severity + "\x1b[0m";
}

// What a terminal would show of "10%\r20%\r30%".
std::string_view LastState(std::string_view text) {
  while (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  const std::size_t last = text.rfind('\r');
  return last == std::string_view::npos ? text : text.substr(last + 1);
}

}  // namespace

std::vector<std::string_view> SplitLines(std::string_view text) {
  std::vector<std::string_view> out;
  std::size_t start = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = BreakAt(text, at);
    if (length > 0) {
      out.push_back(text.substr(start, at - start));
      start = at + length;
    }
    at += length > 0 ? length : 1;
  }
  if (start < text.size() || out.empty()) out.push_back(text.substr(start));
  return out;
}

std::string FormatEntry(const boost::json::value& entry, const LogLook& look) {
  const std::string message = TextAt(entry, "message");
  std::string severity = TextAt(entry, "severity");
  if (severity.empty()) severity = "DEFAULT";
  std::string task = TextAt(entry, "task");
  if (task.empty()) task = "unknown_task";
  const std::string head = (look.color ? Colored(severity) : severity) + "\t" +
                           LocalLogTime(TextAt(entry, "timestamp")) + "\t" + task + "\t" +
                           TextAt(entry, "trial") + "\t";
  if (look.multiline) return head + message + "\n";
  std::string out;
  for (const std::string_view line :
       SplitLines(look.fold ? LastState(message) : std::string_view(message))) {
    out += head + std::string(line) + "\n";
  }
  return out;
}

}  // namespace mlengine::cli
