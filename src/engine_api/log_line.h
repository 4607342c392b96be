// A log entry as a line. Pure: the same entry always gives the same bytes.
#pragma once

#include <string>

#include "logs/log_store.h"

namespace mlengine::engine_api {

// A JSON object: insertId, timestamp, severity, task, trial, message and, for a line that was a
// JSON object, json.
std::string JsonLine(const logs::LogEntry& entry);

// Severity, time in UTC, task, trial and message, separated by TABs; a message of several lines
// gives as many, each with all of these.
std::string TextLines(const logs::LogEntry& entry);

}  // namespace mlengine::engine_api
