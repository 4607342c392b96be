// A job's log as it grows, entry by entry or byte by byte. A follower holds no thread: the log
// store wakes it.
//
//   GET /mlengine/v1/projects/{p}/jobs/{j}/log?after=INSERT_ID&task=T&follow=true
//     One JSON object a line: insertId, timestamp, severity, task, trial, message and, for a line
//     that was a JSON object, json. With follow it goes on until the log has ended; then, and only
//     then, the last line is {"end":true}.
//   The same with follow=sse, or with Accept: text/event-stream
//     Server-sent events: the same objects as data, the insertId as id. Last-Event-ID goes before
//     after. The last event is `end`, under the same condition.
//   The same with wait=SECONDS (0 to 60) in place of follow
//     One JSON object, when there is an entry or the log has ended, else after that time: entries;
//     next, what to give as after; ended, when no entry will follow.
//   GET
//   /mlengine/v1/projects/{p}/jobs/{j}/log:raw?task=T&stream=stdout|stderr&attempt=N&restart=N&offset=N&follow=true
//     The bytes exactly as the program wrote them. Without attempt and restart: the newest.
#pragma once

#include <chrono>
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
  // The longest silence of a stream of events; a comment ends it.
  std::chrono::milliseconds heartbeat{15'000};
};

// Both expect path_values = {project, job id}.
net::Handler LogHandler(LogDeps deps);
net::Handler RawLogHandler(LogDeps deps);

// Both, for the jobs of `jobs`. Both stores outlive the router and its answers.
void RegisterLogs(net::Router& router, store::JobStore& jobs, logs::LogStore& logs);

}  // namespace mlengine::engine_api
