#include "logging_api/entry_sources.h"

#include <chrono>
#include <limits>
#include <utility>

namespace mlengine::logging_api {
namespace {

constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
// A job's own times and its entries' stamps come from one clock, which may be set in between.
constexpr std::int64_t kSlack = std::chrono::nanoseconds(std::chrono::minutes(10)).count();

bool IsName(const std::string& name) {
  return !name.empty() && name != "." && name != "..";
}

std::int64_t Earlier(std::int64_t stamp) {
  return stamp < kFirst + kSlack ? kFirst : stamp - kSlack;
}

std::int64_t Later(std::int64_t stamp) {
  return stamp > kLast - kSlack ? kLast : stamp + kSlack;
}

}  // namespace

Result<std::vector<EntrySource>> SourcesOf(const LoggingDeps& deps,
                                           const std::vector<std::string>& projects,
                                           const FilterBounds& bounds) {
  std::vector<EntrySource> sources;
  for (const std::string& project : projects) {
    if (!IsName(project)) continue;
    if (bounds.jobs) {
      for (const std::string& job : *bounds.jobs) {
        if (IsName(job))
          sources.push_back({project, job, kFirst, kLast, LineNeedle(bounds, project, job)});
      }
      continue;
    }
    MLENGINE_ASSIGN_OR_RETURN(const std::vector<LoggedJob> jobs, deps.jobs(project));
    for (const LoggedJob& job : jobs) {
      if (!MayHold(bounds, job.job_id)) continue;
      EntrySource source{project, job.job_id, Earlier(job.create_ns), Later(job.end_ns),
                         LineNeedle(bounds, project, job.job_id)};
      if (source.least_stamp_ns <= bounds.most_stamp_ns &&
          source.most_stamp_ns >= bounds.least_stamp_ns)
        sources.push_back(std::move(source));
    }
  }
  return sources;
}

MergeQuery QueryOf(const FilterBounds& bounds, bool newest_first) {
  MergeQuery query;
  query.newest_first = newest_first;
  query.least_stamp_ns = bounds.least_stamp_ns;
  query.most_stamp_ns = bounds.most_stamp_ns;
  if (bounds.tasks) query.task_names.assign(bounds.tasks->begin(), bounds.tasks->end());
  query.least_severity = bounds.least_severity;
  return query;
}

}  // namespace mlengine::logging_api
