// The server's own structured log: one JSON object a line on stderr or in a file. It is not where
// jobs' lines go (that is the room `logs`). Values must not hold secrets.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/status.h"

namespace mlengine {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

using LogField = std::pair<std::string_view, std::string>;

// Writes {"time":…,"level":…,"message":…, fields…}. Any thread.
void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});
// Sends the log to `path` (appended; opened anew after a rename on SIGHUP is the caller's
// business).
Status OpenLogFile(const std::string& path);
void SetLogLevel(LogLevel least);

}  // namespace mlengine
