#include "logging_api/log_names.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/clock.h"
#include "base/digest.h"
#include "model/version_log_name.h"

namespace mlengine::logging_api {
namespace {

bool IsAscii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

}  // namespace

bool HasTextPayload(const logs::LogEntry& entry) {
  // gcloud 183 (Python 2) crashes on a textPayload that is not ASCII.
  return entry.task_name == "service" && IsAscii(entry.message);
}

boost::json::object JsonPayload(const logs::LogEntry& entry) {
  boost::json::object payload;
  if (!entry.json.empty()) {
    boost::json::error_code error;
    boost::json::value value = boost::json::parse(entry.json, error);
    if (!error && value.is_object()) payload = std::move(value.get_object());
  }
  payload["message"] = entry.message;
  if (!payload.contains("levelname")) payload["levelname"] = logs::SeverityName(entry.severity);
  return payload;
}

std::string LogName(const std::string& project, const std::string& job_id,
                    const std::string& task_name) {
  const std::string prefix = "projects/" + project + "/logs/";
  if (model::ParseVersionLogId(job_id)) return prefix + "ml.googleapis.com%2F" + task_name;
  if (task_name == "service") return prefix + "ml.googleapis.com%2F" + PercentEncode(job_id);
  return prefix + task_name;
}

namespace {

void PutOwner(const std::string& project, const std::string& job_id, const logs::LogEntry& entry,
              boost::json::object& out) {
  if (const auto version = model::ParseVersionLogId(job_id)) {
    out["resource"] = {{"type", kVersionResource},
                       {"labels",
                        {{"model_id", version->model},
                         {"project_id", project},
                         {"region", version->region},
                         {"version_id", version->version}}}};
    return;
  }
  out["resource"] = {
      {"type", kJobResource},
      {"labels", {{"job_id", job_id}, {"project_id", project}, {"task_name", entry.task_name}}}};
  out["labels"] = {{"ml.googleapis.com/job_id", job_id},
                   {"ml.googleapis.com/task_name", entry.task_name},
                   {"ml.googleapis.com/trial_id", entry.trial_id}};
}

}  // namespace

boost::json::object EntryJson(const std::string& project, const std::string& job_id,
                              const logs::LogEntry& entry) {
  // Nine digits always: gcloud's follower compares these as strings.
  const std::string stamp = FormatTimeNanos(FromUnixNanos(entry.stamp_ns));
  boost::json::object out{{"insertId", entry.insert_id},
                          {"timestamp", stamp},
                          {"receiveTimestamp", stamp},
                          {"severity", logs::SeverityName(entry.severity)},
                          {"logName", LogName(project, job_id, entry.task_name)}};
  PutOwner(project, job_id, entry, out);
  if (HasTextPayload(entry)) {
    out["textPayload"] = entry.message;
  } else {
    out["jsonPayload"] = JsonPayload(entry);
  }
  return out;
}

}  // namespace mlengine::logging_api
