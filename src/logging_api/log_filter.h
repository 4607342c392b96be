// LogFilter: the Logging query language over log entries, as its users write it
// (docs/guides/logs.md). Pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "logging_api/filter_bounds.h"
#include "logs/log_store.h"

namespace mlengine::logging_api {

class LogFilter {
 public:
  // An empty filter passes everything. INVALID_ARGUMENT names what is not understood, at which
  // character, and what was expected there.
  static Result<LogFilter> Parse(std::string_view text);
  LogFilter(LogFilter&&) noexcept;
  LogFilter& operator=(LogFilter&&) noexcept;
  ~LogFilter();

  // gcloud's follower of a job asks only for what is older than five seconds and stops after two
  // empty answers once the job has ended: obeyed, the last lines of a job would never be shown. So
  // in a filter of exactly its form, whose bound is within an hour of `now`, the bound is taken
  // away. That is safe: the follower's position depends only on what it received, and stamps are
  // given on arrival.
  void DropFollowersBound(Time now);

  bool Matches(const std::string& project, const std::string& job_id,
               const logs::LogEntry& entry) const;
  FilterBounds bounds() const;

 private:
  explicit LogFilter(std::unique_ptr<FilterNode> root);
  std::unique_ptr<FilterNode> root_;
};

}  // namespace mlengine::logging_api
