// How Cloud Logging writes our entries. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "logs/log_store.h"

namespace mlengine::logging_api {

// Types of resources.
inline constexpr char kJobResource[] = "ml_job";
inline constexpr char kVersionResource[] = "cloudml_model_version";

// "projects/P/logs/ml.googleapis.com%2FJOB" for the service, "projects/P/logs/master-replica-0" for
// a replica, "projects/P/logs/ml.googleapis.com%2Faccess" for a model's version.
std::string LogName(const std::string& project, const std::string& job_id,
                    const std::string& task_name);

// Whether the entry has a textPayload; else it has a jsonPayload.
bool HasTextPayload(const logs::LogEntry& entry);
boost::json::object JsonPayload(const logs::LogEntry& entry);

// The entry as entries:list answers it.
boost::json::object EntryJson(const std::string& project, const std::string& job_id,
                              const logs::LogEntry& entry);

}  // namespace mlengine::logging_api
