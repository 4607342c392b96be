#include "logged_jobs.h"

#include <google/protobuf/util/time_util.h>

#include <set>
#include <utility>

namespace mlengine::server {
namespace {

using google::protobuf::util::TimeUtil;

constexpr int kJobsAtOnce = 500;

logging_api::LoggedJob Logged(const store::JobRecord& record) {
  logging_api::LoggedJob job;
  job.job_id = record.job().job_id();
  if (record.create_time_ns() > 0) job.create_ns = record.create_time_ns();
  if (record.job().has_end_time()) {
    // The wire shows whole seconds.
    job.end_ns = TimeUtil::TimestampToNanoseconds(record.job().end_time()) + 1'000'000'000;
  }
  std::set<std::string> tasks;
  for (const auto& attempt : record.attempts()) {
    for (const auto& replica : attempt.replicas()) {
      logs::StreamRef stream;
      stream.role = replica.role();
      stream.index = replica.index();
      tasks.insert(logs::TaskName(stream));
    }
  }
  job.tasks.assign(tasks.begin(), tasks.end());
  return job;
}

Result<std::vector<logging_api::LoggedJob>> JobsOf(store::JobStore& store,
                                                   const std::string& project) {
  std::vector<logging_api::LoggedJob> jobs;
  store::ListJobsQuery query;
  query.project = project;
  query.page_size = kJobsAtOnce;
  do {
    MLENGINE_ASSIGN_OR_RETURN(const store::ListJobsPage page, store.List(query));
    for (const store::StoredJob& job : page.jobs) jobs.push_back(Logged(job.record));
    query.page_token = page.next_page_token;
  } while (!query.page_token.empty());
  return jobs;
}

}  // namespace

logging_api::LoggingDeps LoggingDepsOf(store::JobStore& jobs, logs::LogStore& logs,
                                       const Clock& clock) {
  logging_api::LoggingDeps deps;
  deps.logs = &logs;
  deps.clock = &clock;
  deps.jobs = [&jobs](const std::string& project) { return JobsOf(jobs, project); };
  deps.watch_jobs = [&jobs](logging_api::LoggingDeps::JobListener listener) {
    return jobs.Subscribe([listener = std::move(listener)](const store::JobKey& key) {
      listener(key.project, key.job_id);
    });
  };
  deps.unwatch_jobs = [&jobs](std::int64_t id) { jobs.Unsubscribe(id); };
  return deps;
}

}  // namespace mlengine::server
