#include "engine_api/log_line.h"

#include <algorithm>
#include <boost/json.hpp>
#include <string_view>

#include "base/clock.h"

namespace mlengine::engine_api {

std::string JsonLine(const logs::LogEntry& entry) {
  boost::json::object line{{"insertId", entry.insert_id},
                           {"timestamp", FormatTimeNanos(FromUnixNanos(entry.stamp_ns))},
                           {"severity", logs::SeverityName(entry.severity)},
                           {"task", entry.task_name},
                           {"trial", entry.trial_id},
                           {"message", entry.message}};
  boost::json::error_code error;
  if (!entry.json.empty()) line["json"] = boost::json::parse(entry.json, error);
  return boost::json::serialize(line) + "\n";
}

std::string TextLines(const logs::LogEntry& entry) {
  const std::string head = std::string(logs::SeverityName(entry.severity)) + "\t" +
                           FormatTimeNanos(FromUnixNanos(entry.stamp_ns)) + "\t" + entry.task_name +
                           "\t" + entry.trial_id + "\t";
  std::string out;
  std::string_view rest = entry.message;
  do {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    out += head;
    out += rest.substr(0, end);
    out += '\n';
    rest.remove_prefix(std::min(end + 1, rest.size()));
  } while (!rest.empty());
  return out;
}

}  // namespace mlengine::engine_api
