// From the raw bytes of an entry to its text. Pure; the same bytes always give the same text, so
// texts are not stored.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "logs/log_store.h"

namespace mlengine::logs {

// Every byte that is not part of valid UTF-8 becomes U+FFFD.
std::string ToValidUtf8(std::string_view bytes);

// The text of one line: without its line end; of a progress bar that redraws itself with \r, what
// stood last.
std::string LineMessage(std::string_view raw);
// The text of a block of several lines, without the final line end.
std::string BlockMessage(std::string_view raw);

struct JsonLine {
  std::string message;
  std::optional<Severity> severity;
  std::string json;  // the whole object
};
// A line that is a JSON object with a string "message"; "severity" or "levelname" name its
// severity.
std::optional<JsonLine> ParseJsonLine(std::string_view raw);

}  // namespace mlengine::logs
