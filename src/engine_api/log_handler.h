// A job's log as it grows, entry by entry or byte by byte. A follower holds no thread: the log
// store wakes it.
//
//   GET /mlengine/v1/projects/{p}/jobs/{j}/log?after=INSERT_ID&task=T&follow=true
//     One JSON object a line: insertId, timestamp, severity, task, trial, message and, for a line
//     that was a JSON object, json. With follow it goes on until the log has ended; then, and only
//     then, the last line is {"end":true}.
//   GET
//   /mlengine/v1/projects/{p}/jobs/{j}/log:raw?task=T&stream=stdout|stderr&attempt=N&restart=N&offset=N&follow=true
//     The bytes exactly as the program wrote them. Without attempt and restart: the newest.
#pragma once

#include <functional>
#include <string>

#include "logs/log_store.h"
#include "net/http.h"
#include "net/router.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

struct LogDeps {
  logs::LogStore* store = nullptr;  // outlives the handlers and their answers
  std::function<bool(const std::string& project, const std::string& job_id)> job_exists;
};

// Both expect path_values = {project, job id}.
net::Handler LogHandler(LogDeps deps);
net::Handler RawLogHandler(LogDeps deps);

// Both, for the jobs of `jobs`. Both stores outlive the router and its answers.
void RegisterLogs(net::Router& router, store::JobStore& jobs, logs::LogStore& logs);

}  // namespace mlengine::engine_api
