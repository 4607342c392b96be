// What stands behind the doors of the Logging API.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "logs/log_store.h"
#include "net/http.h"

namespace mlengine::logging_api {

// A job that has, or may have, entries, or a log of a model's version (model/version_log_name.h);
// times in nanoseconds since 1970.
struct LoggedJob {
  std::string job_id;
  std::int64_t create_ns = std::numeric_limits<std::int64_t>::min();
  std::int64_t end_ns = std::numeric_limits<std::int64_t>::max();  // that: it goes on
  std::vector<std::string> tasks;  // of its replicas: "master-replica-0"
};

// How much one call may do before it answers with a page token.
struct ListLimits {
  std::chrono::milliseconds time{3'000};
  std::size_t answer_bytes = 8U << 20;
};

struct LoggingDeps {
  logs::LogStore* logs = nullptr;  // outlives the router and its answers
  const Clock* clock = nullptr;
  std::function<Result<std::vector<LoggedJob>>(const std::string& project)> jobs;
  // `listener` is told of every job that is new or changes, by whichever thread; it is quick and
  // calls nothing of these. Answers an id for unwatch_jobs, after which it is not called any more.
  using JobListener = std::function<void(const std::string& project, const std::string& job_id)>;
  std::function<std::int64_t(JobListener)> watch_jobs;
  std::function<void(std::int64_t)> unwatch_jobs;
  ListLimits limits = {};
};

net::Response JsonAnswer(std::string body);
net::Response ErrorAnswer(const Status& status);

}  // namespace mlengine::logging_api
