#include "logs/line_text.h"

#include <boost/json.hpp>
#include <cstddef>

#include "logs/severity.h"
#include "wire/codec/finite_json.h"

namespace mlengine::logs {
namespace {

// Length of the valid UTF-8 sequence at the start of `s`, or 0.
std::size_t SequenceLength(std::string_view s) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const unsigned char lead = at(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                             : lead >= 0xE0 && lead <= 0xEF ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
  if (length == 0 || s.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, beyond U+10FFFF.
  if (lead == 0xE0 && at(1) < 0xA0) return 0;
  if (lead == 0xED && at(1) > 0x9F) return 0;
  if (lead == 0xF0 && at(1) < 0x90) return 0;
  if (lead == 0xF4 && at(1) > 0x8F) return 0;
  return length;
}

std::string_view WithoutLineEnd(std::string_view raw) {
  if (raw.ends_with('\n')) raw.remove_suffix(1);
  if (raw.ends_with('\r')) raw.remove_suffix(1);
  return raw;
}

}  // namespace

std::string ToValidUtf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t length = SequenceLength(bytes);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      bytes.remove_prefix(1);
    } else {
      out += bytes.substr(0, length);
      bytes.remove_prefix(length);
    }
  }
  return out;
}

std::string LineMessage(std::string_view raw) {
  raw = WithoutLineEnd(raw);
  while (raw.ends_with('\r')) raw.remove_suffix(1);
  const std::size_t redraw = raw.rfind('\r');
  if (redraw != std::string_view::npos) raw.remove_prefix(redraw + 1);
  return ToValidUtf8(raw);
}

std::string BlockMessage(std::string_view raw) {
  return ToValidUtf8(WithoutLineEnd(raw));
}

std::optional<JsonLine> ParseJsonLine(std::string_view raw) {
  raw = WithoutLineEnd(raw);
  if (!raw.starts_with('{') || !raw.ends_with('}')) return std::nullopt;
  boost::json::error_code error;
  const boost::json::value value = boost::json::parse({raw.data(), raw.size()}, error);
  if (error || !value.is_object() || !wire::AllFinite(value)) return std::nullopt;
  const boost::json::object& object = value.get_object();
  const boost::json::value* message = object.if_contains("message");
  if (message == nullptr || !message->is_string()) return std::nullopt;
  JsonLine line;
  line.message = std::string(message->get_string());
  line.json = std::string(raw);
  for (const char* key : {"severity", "levelname"}) {
    const boost::json::value* name = object.if_contains(key);
    if (name == nullptr || !name->is_string()) continue;
    const boost::json::string& text = name->get_string();
    line.severity = ParseSeverity({text.data(), text.size()});
    if (line.severity) break;
  }
  return line;
}

}  // namespace mlengine::logs
