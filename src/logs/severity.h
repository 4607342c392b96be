// Severities by name and by the shape of a line. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "logs/log_store.h"

namespace mlengine::logs {

// "INFO", and Python's other names ("WARN", "FATAL"), without regard to case; nothing for any other
// text.
std::optional<Severity> ParseSeverity(std::string_view name);

// What a line says of its own severity: Python logging ("WARNING:root:x", "2017-10-12 11:22:33,123
// ERROR x"), absl
// ("W0102 03:04:05.123456 …") or TensorFlow's C++ ("2018-01-02 03:04:05.123456: W …"). Nothing when
// it says nothing.
std::optional<Severity> LineSeverity(std::string_view line);

}  // namespace mlengine::logs
