// Log lines as gcloud's stream-logs prints them, and as a terminal likes them.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace mlengine::cli {

struct LogLook {
  bool multiline = false;  // a message of several lines stays one record
  bool color = false;
  bool fold = false;  // of a progress bar drawn with '\r', only the last state
};

// The lines of one entry, each with its newline: severity, local time, task, trial, message, TAB
// separated.
std::string FormatEntry(const boost::json::value& entry, const LogLook& look);

// Splits where Python's str.splitlines does; an empty text is one empty line.
std::vector<std::string_view> SplitLines(std::string_view text);

}  // namespace mlengine::cli
