// LogFilter: the part of Cloud Logging's filter language that clients of ML Engine send:
// comparisons joined by AND, OR and parentheses (NOT is refused). Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "logs/log_store.h"

namespace mlengine::logging_api {

class LogFilter {
 public:
  // INVALID_ARGUMENT names what is not understood and where. Upper bounds on the timestamp are read
  // and ignored.
  static Result<LogFilter> Parse(std::string_view text);
  LogFilter(LogFilter&&) noexcept;
  LogFilter& operator=(LogFilter&&) noexcept;
  ~LogFilter();

  // The one job that the filter asks for.
  const std::string& job_id() const { return job_id_; }
  // No entry that passes has a smaller stamp.
  std::int64_t least_stamp_ns() const;
  bool Matches(const std::string& project, const std::string& job_id,
               const logs::LogEntry& entry) const;

  struct Node;

 private:
  LogFilter();
  std::unique_ptr<Node> root_;
  std::string job_id_;
};

}  // namespace mlengine::logging_api
