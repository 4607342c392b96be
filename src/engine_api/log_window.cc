#include "engine_api/log_window.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <chrono>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/number_text.h"
#include "engine_api/answer.h"
#include "engine_api/log_line.h"
#include "logs/folded_search.h"
#include "logs/severity.h"
#include "wire/codec/utf8.h"

namespace mlengine::engine_api {
namespace {

using logs::JobRef;
using logs::LogQuery;
using logs::LogScan;
using logs::LogStore;

constexpr int kMostEntries = 2000;
constexpr int kUsualEntries = 500;
constexpr std::uint64_t kMostBytes = 3U << 20;  // of messages; one more entry may follow
constexpr std::chrono::milliseconds kTimeToLook{40};
constexpr std::chrono::milliseconds kTimeToProbe{5};
constexpr std::uint64_t kMostProbed = 4096;  // records
constexpr std::size_t kLongestText = 1000;
constexpr std::size_t kMostTasks = 1000;

constexpr std::array<std::string_view, 6> kPlaces{"tail", "after", "before",
                                                  "from", "time",  "fraction"};

struct WindowQuery {
  LogQuery query;
  std::string contains;  // in lower case
};

Status Wrong(std::string_view name, const std::string& what) {
  return InvalidArgumentError(std::string(name) + ": " + what);
}

// Without a filter each record but the few that say that something is complete is an entry.
Result<std::uint64_t> CountOf(LogStore& store, const JobRef& job) {
  LogQuery probe;
  probe.limit = 1;
  probe.newest_first = true;
  MLENGINE_ASSIGN_OR_RETURN(const LogScan scan, store.Scan(job, probe, {.records = 1}));
  return scan.records;
}

// The entries of that number and behind.
void SetFrom(std::uint64_t number, LogQuery& query) {
  if (number > 0) query.after_insert_id = logs::InsertIdOf(number - 1);
}

Status SetFraction(std::string_view text, LogStore& store, const JobRef& job, LogQuery& query) {
  const double fraction = ToNumber<double>(text).value_or(-1);
  if (!(fraction >= 0 && fraction <= 1))  // NaN is not
    return Wrong("fraction", "must be a number from 0.0 to 1.0");
  MLENGINE_ASSIGN_OR_RETURN(const std::uint64_t count, CountOf(store, job));
  const auto limit = std::min<std::uint64_t>(static_cast<std::uint64_t>(query.limit), count);
  const auto place = static_cast<std::uint64_t>(fraction * static_cast<double>(count));
  if (place >= count - limit) {
    query.newest_first = true;
  } else {
    SetFrom(place, query);
  }
  return OkStatus();
}

Status SetTime(std::string_view text, LogQuery& query) {
  const Result<Time> time = ParseTime(text);
  if (!time.ok()) return Wrong("time", "must be a time such as 2018-01-02T03:04:05Z");
  query.after_stamp_ns = std::max<std::int64_t>(ToUnixNanos(*time), 0);
  query.inclusive = true;
  return OkStatus();
}

// An empty id is where the log begins.
Status SetId(std::string_view place, const std::string& id, LogQuery& query) {
  std::uint64_t number = 0;
  if (!id.empty()) {
    const Result<std::uint64_t> parsed = logs::ParseInsertId(id);
    if (!parsed.ok()) return Status(parsed.status()).WithContext(std::string(place));
    number = *parsed;
  }
  if (place == "before") {
    query.newest_first = true;
    query.before_insert_id = logs::InsertIdOf(number);
  } else if (place == "from") {
    SetFrom(number, query);
  } else {
    query.after_insert_id = id;
  }
  return OkStatus();
}

Status SetPlace(const net::Request& request, LogStore& store, const JobRef& job, LogQuery& query) {
  std::string_view place;
  for (const std::string_view name : kPlaces) {
    if (!request.Query(name)) continue;
    if (!place.empty())
      return Wrong(name, "cannot be given beside " + std::string(place) + "; leave one out");
    place = name;
  }
  const std::string value(request.Query(place).value_or(""));
  if (place == "fraction") return SetFraction(value, store, job, query);
  if (place == "time") return SetTime(value, query);
  if (place == "after" || place == "before" || place == "from") return SetId(place, value, query);
  if (!place.empty() && value != "true")
    return Wrong("tail", "must be true; for another place use after, before, from, time, fraction");
  query.newest_first = true;
  return OkStatus();
}

Status SetFilters(const net::Request& request, WindowQuery& window) {
  for (const auto& [name, value] : request.query) {
    if (name == "task" && !value.empty()) window.query.task_names.push_back(value);
  }
  if (window.query.task_names.size() > kMostTasks)
    return Wrong("task", "at most " + std::to_string(kMostTasks) + " at once");
  if (const auto name = request.Query("severity"); name && !name->empty()) {
    const auto severity = logs::ParseSeverity(*name);
    if (!severity && *name != "DEFAULT") {
      return Wrong("severity",
                   "must be one of DEFAULT, DEBUG, INFO, NOTICE, WARNING, ERROR, CRITICAL, ALERT, "
                   "EMERGENCY");
    }
    window.query.least = severity.value_or(logs::Severity::kDefault);
  }
  window.contains = std::string(request.Query("contains").value_or(""));
  if (window.contains.size() > kLongestText)
    return Wrong("contains", "at most " + std::to_string(kLongestText) + " bytes are possible");
  std::ranges::transform(window.contains, window.contains.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return OkStatus();
}

Status SetLimit(const net::Request& request, LogQuery& query) {
  query.limit = kUsualEntries;
  const auto text = request.Query("limit");
  if (!text) return OkStatus();
  query.limit = ToNumber<decltype(query.limit)>(*text).value_or(0);
  if (query.limit >= 1 && query.limit <= kMostEntries) return OkStatus();
  return Wrong("limit", "must be a whole number from 1 to " + std::to_string(kMostEntries));
}

Result<LogScan> Look(LogStore& store, const JobRef& job, const LogQuery& query,
                     const std::string& contains, logs::ScanHints hints) {
  hints.contains = contains;
  MLENGINE_ASSIGN_OR_RETURN(LogScan scan, store.Scan(job, query, hints));
  if (contains.empty()) return scan;
  const logs::FoldedSearch search(contains);
  std::erase_if(scan.entries, [&search](const logs::LogEntry& entry) {
    return !search.In(entry.message) && !search.In(entry.json);
  });
  return scan;
}

// Whether nothing that passes the filters lies on that side; false when it is not known so soon.
Result<bool> NothingBeyond(LogStore& store, const JobRef& job, const WindowQuery& window,
                           const LogScan& scan, bool before) {
  if (before ? scan.first == 0 : scan.last >= scan.records) return true;
  LogQuery query;
  query.task_names = window.query.task_names;
  query.least = window.query.least;
  query.limit = 1;
  query.newest_first = before;
  if (before) {
    query.before_insert_id = logs::InsertIdOf(scan.first);
  } else {
    SetFrom(scan.last, query);
  }
  MLENGINE_ASSIGN_OR_RETURN(
      const LogScan probe,
      Look(store, job, query, window.contains,
           {.records = kMostProbed, .until = std::chrono::steady_clock::now() + kTimeToProbe}));
  return probe.end && probe.entries.empty();
}

std::string EntriesText(const LogScan& scan) {
  std::string text;
  for (const logs::LogEntry& entry : scan.entries) {
    std::string line = JsonLine(entry);
    line.pop_back();
    text += (text.empty() ? "" : ",") + line;
  }
  return text;
}

std::string_view TrueOrFalse(bool value) {
  return value ? "true" : "false";
}

std::string RemovedJson(const logs::RemovedLog& removed) {
  return boost::json::serialize(boost::json::object{{"time", FormatTimeSeconds(removed.time)},
                                                    {"why", wire::ToValidUtf8(removed.why)},
                                                    {"rule", wire::ToValidUtf8(removed.rule)},
                                                    {"limit", std::to_string(removed.limit)},
                                                    {"hasFailure", removed.has_failure}});
}

Result<std::string> Window(store::JobStore& jobs, LogStore& store, const net::Request& request) {
  const JobRef job{request.path_values[0], request.path_values[1]};
  MLENGINE_RETURN_IF_ERROR(jobs.Get({job.project, job.job_id}).status());
  WindowQuery window;
  window.query.byte_limit = kMostBytes;
  MLENGINE_RETURN_IF_ERROR(SetLimit(request, window.query));
  MLENGINE_RETURN_IF_ERROR(SetFilters(request, window));
  MLENGINE_RETURN_IF_ERROR(SetPlace(request, store, job, window.query));
  // Asked before the read: what was there when the log ended is read then.
  const bool ended = store.Ended(job);
  MLENGINE_ASSIGN_OR_RETURN(LogScan scan,
                            Look(store, job, window.query, window.contains,
                                 {.until = std::chrono::steady_clock::now() + kTimeToLook}));
  if (window.query.newest_first) std::ranges::reverse(scan.entries);
  MLENGINE_ASSIGN_OR_RETURN(const bool start, NothingBeyond(store, job, window, scan, true));
  MLENGINE_ASSIGN_OR_RETURN(const bool end, NothingBeyond(store, job, window, scan, false));
  std::string body = "{\"entries\":[" + EntriesText(scan) + "]";
  body += ",\"count\":" + std::to_string(scan.records);
  body.append(",\"start\":").append(TrueOrFalse(start));
  body.append(",\"end\":").append(TrueOrFalse(end));
  body += ",\"previous\":\"" + logs::InsertIdOf(scan.first) + "\"";
  body += ",\"next\":\"" + (scan.last == 0 ? "" : logs::InsertIdOf(scan.last - 1)) + "\"";
  body.append(",\"ended\":").append(TrueOrFalse(ended));
  if (ended) {
    MLENGINE_ASSIGN_OR_RETURN(const auto removed, store.Removed(job));
    if (removed) body += ",\"removed\":" + RemovedJson(*removed);
  }
  body += "}\n";
  return body;
}

}  // namespace

void RegisterLogWindow(net::Router& router, store::JobStore& jobs, logs::LogStore& logs) {
  router.Handle("GET", "/mlengine/v1/projects/{project}/jobs/{job}/log:window",
                [&jobs, &logs](net::Request& request) {
                  const Result<std::string> body = Window(jobs, logs, request);
                  net::Response response =
                      body.ok() ? JsonAnswer(*body) : ErrorAnswer(body.status());
                  response.headers.Set("Cache-Control", "no-store");
                  return response;
                });
}

}  // namespace mlengine::engine_api
