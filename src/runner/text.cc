#include "runner/text.h"

#include <algorithm>
#include <cstdint>

namespace mlengine::runner {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kTracebackHead = "Traceback (most recent call last):";

// Length of the well-formed sequence at the start of `s`, 0 when there is none.
std::size_t SequenceLength(std::string_view s) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || s.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const unsigned char second = byte(1);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool surrogate = first == 0xED && second > 0x9F;
  const bool beyond = first == 0xF4 && second > 0x8F;
  return overlong || surrogate || beyond ? 0 : length;
}

std::string_view LineAt(std::string_view text, std::size_t start) {
  return text.substr(start, text.find('\n', start) - start);
}

bool Indented(std::string_view line) {
  return !line.empty() && (line[0] == ' ' || line[0] == '\t');
}

}  // namespace

std::string ToUtf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t length = SequenceLength(bytes);
    out += length == 0 ? kReplacement : bytes.substr(0, length);
    bytes.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string LastTraceback(std::string_view text, std::size_t limit) {
  const std::size_t head = text.rfind(kTracebackHead);
  if (head == std::string_view::npos) return "";
  std::size_t end = head + LineAt(text, head).size();
  bool exception_seen = false;
  while (end < text.size()) {
    const std::string_view line = LineAt(text, end + 1);
    if (!Indented(line)) {
      if (exception_seen) break;
      exception_seen = true;
    }
    end += 1 + line.size();
  }
  std::string out = ToUtf8(text.substr(head, std::min(end, text.size()) - head));
  while (!out.empty() && out.back() == '\n') out.pop_back();
  if (out.size() <= limit) return out;
  constexpr std::string_view kCut = "\n[...]\n";
  const std::size_t front = limit / 4;
  const std::size_t back = limit - front - kCut.size() - 8;  // replaced halves of characters grow
  return ToUtf8(out.substr(0, front)).append(kCut) + ToUtf8(out.substr(out.size() - back));
}

namespace {

std::string_view EndOf(std::string_view text) {
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  const std::size_t before = text.rfind('\n');
  return before == std::string_view::npos ? text : text.substr(before + 1);
}

}  // namespace

std::string LastLine(std::string_view text) {
  return ToUtf8(EndOf(text).substr(0, 4096));
}

std::string InterpreterComplaint(std::string_view text, std::string_view interpreter) {
  const std::string_view line = EndOf(text);
  const std::string prefix = std::string(interpreter) + ": ";
  return line.starts_with(prefix) && line.size() < 4096 ? ToUtf8(line) : "";
}

}  // namespace mlengine::runner
