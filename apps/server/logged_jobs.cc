#include "logged_jobs.h"

#include <google/protobuf/util/time_util.h>

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "model/version_log_name.h"

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

void AddVersions(const serving::VersionLogs& versions, const std::string& project,
                 std::vector<logging_api::LoggedJob>& jobs) {
  for (const serving::VersionLogs::Span& span : versions.Of(project)) {
    jobs.push_back({.job_id = span.id,
                    .create_ns = span.begin_ns,
                    .end_ns = span.end_ns,
                    .tasks = {model::kAccessTask, model::kStreamTask}});
  }
}

// A watch of both kinds has one id.
class Watches {
 public:
  Watches(store::JobStore& jobs, serving::VersionLogs& versions)
      : jobs_(jobs), versions_(versions) {}

  std::int64_t Add(const logging_api::LoggingDeps::JobListener& listener) {
    const std::int64_t of_jobs = jobs_.Subscribe(
        [listener](const store::JobKey& key) { listener(key.project, key.job_id); });
    const std::int64_t of_versions = versions_.Subscribe(listener);
    const std::lock_guard lock(mutex_);
    of_versions_[of_jobs] = of_versions;
    return of_jobs;
  }
  void Remove(std::int64_t id) {
    jobs_.Unsubscribe(id);
    const std::lock_guard lock(mutex_);
    const auto found = of_versions_.find(id);
    if (found == of_versions_.end()) return;
    versions_.Unsubscribe(found->second);
    of_versions_.erase(found);
  }

 private:
  store::JobStore& jobs_;
  serving::VersionLogs& versions_;
  std::mutex mutex_;
  std::map<std::int64_t, std::int64_t> of_versions_;
};

}  // namespace

logging_api::LoggingDeps LoggingDepsOf(store::JobStore& jobs, serving::VersionLogs& versions,
                                       logs::LogStore& logs, const Clock& clock) {
  logging_api::LoggingDeps deps;
  deps.logs = &logs;
  deps.clock = &clock;
  deps.jobs = [&jobs, &versions](
                  const std::string& project) -> Result<std::vector<logging_api::LoggedJob>> {
    MLENGINE_ASSIGN_OR_RETURN(auto logged, JobsOf(jobs, project));
    AddVersions(versions, project, logged);
    return logged;
  };
  const auto watches = std::make_shared<Watches>(jobs, versions);
  deps.watch_jobs = [watches](const logging_api::LoggingDeps::JobListener& listener) {
    return watches->Add(listener);
  };
  deps.unwatch_jobs = [watches](std::int64_t id) { watches->Remove(id); };
  return deps;
}

}  // namespace mlengine::server
