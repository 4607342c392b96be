// The plain pages of the jobs: the list, and one job with its cause of failure, its facts, where
// its start's time went and its log. No scripts. Pure; every text in them is escaped.
#pragma once

#include <string>
#include <vector>

#include "engine_api/job_price.h"
#include "logs/log_store.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

// How many of a job's newest log entries its page shows.
inline constexpr int kLogEntriesShown = 200;

// `entries`: at most kLogEntriesShown, oldest first. Reloads itself until the job is over.
std::string JobPage(const store::JobRecord& record, const std::vector<logs::LogEntry>& entries,
                    const JobPrice& price);

// One page of a project's jobs, with a link to the next one.
std::string JobsPage(const store::ListJobsPage& page, const std::string& project);

}  // namespace mlengine::engine_api
