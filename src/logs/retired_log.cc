#include "logs/retired_log.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

namespace mlengine::logs {
namespace {

using boost::json::object;
using boost::json::value;

constexpr std::int64_t kVersion = 1;

const value* Find(const object& line, std::string_view key, boost::json::kind kind) {
  const value* found = line.if_contains(key);
  return found != nullptr && found->kind() == kind ? found : nullptr;
}

Result<LogEntry> EntryOf(const object& line) {
  const value* stamp = Find(line, "stamp", boost::json::kind::int64);
  const value* severity = Find(line, "severity", boost::json::kind::int64);
  LogEntry entry;
  const std::pair<const char*, std::string*> texts[] = {
      {"insertId", &entry.insert_id}, {"task", &entry.task_name}, {"message", &entry.message}};
  for (const auto& [key, target] : texts) {
    const value* text = Find(line, key, boost::json::kind::string);
    if (text == nullptr) return DataLossError(std::string("`") + key + "` is missing");
    *target = std::string(text->get_string());
  }
  if (stamp == nullptr || severity == nullptr)
    return DataLossError("`stamp` or `severity` is missing");
  entry.stamp_ns = stamp->get_int64();
  entry.severity = static_cast<Severity>(severity->get_int64());
  return entry;
}

// Older versions of the program wrote none.
void ReadRule(const object& line, RetiredLog& log) {
  const value* rule = Find(line, "rule", boost::json::kind::string);
  const value* limit = Find(line, "limit", boost::json::kind::int64);
  if (rule == nullptr || limit == nullptr) return;
  log.rule = std::string(rule->get_string());
  log.limit = limit->get_int64();
}

}  // namespace

std::string EncodeRetired(const RetiredLog& log) {
  object first{{"version", kVersion}};
  if (!log.rule.empty()) {
    first["rule"] = log.rule;
    first["limit"] = log.limit;
  }
  std::string out = boost::json::serialize(first) + "\n";
  for (const LogEntry& entry : log.entries) {
    out += boost::json::serialize(object{{"stamp", entry.stamp_ns},
                                         {"insertId", entry.insert_id},
                                         {"severity", static_cast<std::int64_t>(entry.severity)},
                                         {"task", entry.task_name},
                                         {"message", entry.message}}) +
           "\n";
  }
  return out;
}

Result<RetiredLog> DecodeRetired(std::string_view text) {
  RetiredLog log;
  std::vector<LogEntry>& entries = log.entries;
  for (std::size_t number = 0; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::string where = "line " + std::to_string(number + 1);
    boost::json::error_code error;
    const value tree = boost::json::parse({line.data(), line.size()}, error);
    if (error || !tree.is_object()) return DataLossError(where + " is not understood");
    if (number == 0) {
      const value* version = Find(tree.get_object(), "version", boost::json::kind::int64);
      if (version == nullptr) return DataLossError(where + ": `version` is missing");
      if (version->get_int64() != kVersion)
        return FailedPreconditionError("has a version that this program does not read");
      ReadRule(tree.get_object(), log);
      continue;
    }
    Result<LogEntry> entry = EntryOf(tree.get_object());
    if (!entry.ok()) return Status(entry.status()).WithContext(where);
    if (!entries.empty() && entry->stamp_ns <= entries.back().stamp_ns)
      return DataLossError(where + ": its stamp is not greater than the one before");
    entries.push_back(*std::move(entry));
  }
  return log;
}

Result<std::vector<LogEntry>> QueryEntries(const std::vector<LogEntry>& entries,
                                           const LogQuery& query) {
  std::vector<LogEntry> out;
  std::uint64_t bytes = 0;
  const auto passes = [&](const LogEntry& entry) {
    return entry.stamp_ns >= query.after_stamp_ns &&
           (query.inclusive || entry.stamp_ns > query.after_stamp_ns) &&
           (query.before_stamp_ns < 0 || entry.stamp_ns < query.before_stamp_ns) &&
           (query.after_insert_id.empty() || entry.insert_id > query.after_insert_id) &&
           (query.before_insert_id.empty() || entry.insert_id < query.before_insert_id) &&
           entry.severity >= query.least &&
           (query.task_names.empty() ||
            std::ranges::find(query.task_names, entry.task_name) != query.task_names.end());
  };
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const LogEntry& entry = entries[query.newest_first ? entries.size() - 1 - i : i];
    if (static_cast<int>(out.size()) >= query.limit || bytes >= query.byte_limit) break;
    if (!passes(entry)) continue;
    bytes += entry.message.size();
    out.push_back(entry);
  }
  return out;
}

}  // namespace mlengine::logs
