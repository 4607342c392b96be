#include "store/memory_job_store.h"

#include <map>
#include <mutex>

#include "store/page_token.h"
#include "store/record_row.h"

namespace mlengine::store {
namespace {

class MemoryJobStore final : public JobStore {
 public:
  Result<StoredJob> Create(JobRecord record) override {
    const JobKey key{record.project(), record.job().job_id()};
    StoredJob stored;
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = jobs_.find(key); found != jobs_.end()) {
        if (IsReplay(found->second.record, record)) return found->second;
        return AlreadyExistsError("A job with this id already exists.");
      }
      stored = {std::move(record), 1, ++last_sequence_};
      jobs_[key] = stored;
    }
    Tell(key);
    return stored;
  }

  Result<StoredJob> Get(const JobKey& key) override {
    const std::lock_guard lock(mutex_);
    const auto found = jobs_.find(key);
    if (found == jobs_.end()) return NotFoundError("The specified job could not be found.");
    return found->second;
  }

  Result<ListJobsPage> List(const ListJobsQuery& query) override {
    MLENGINE_RETURN_IF_ERROR(CheckPageSize(query.page_size));
    std::int64_t before = INT64_MAX;
    if (!query.page_token.empty()) {
      MLENGINE_ASSIGN_OR_RETURN(before, DecodePageToken(query.project, query.page_token));
    }
    const std::lock_guard lock(mutex_);
    std::map<std::int64_t, const StoredJob*, std::greater<>> newest_first;
    for (const auto& [key, job] : jobs_) {
      if (key.project == query.project && job.sequence < before) newest_first[job.sequence] = &job;
    }
    ListJobsPage page;
    for (const auto& [sequence, job] : newest_first) {
      if (query.filter && !query.filter(job->record)) continue;
      if (static_cast<int>(page.jobs.size()) == query.page_size) {
        page.next_page_token = EncodePageToken(query.project, page.jobs.back().sequence);
        break;
      }
      page.jobs.push_back(*job);
    }
    return page;
  }

  Result<StoredJob> Update(const JobKey& key,
                           const std::function<Status(JobRecord&)>& change) override {
    StoredJob changed;
    {
      const std::lock_guard lock(mutex_);
      const auto found = jobs_.find(key);
      if (found == jobs_.end()) return NotFoundError("The specified job could not be found.");
      changed = found->second;
      MLENGINE_RETURN_IF_ERROR(change(changed.record));
      if (RecordBytes(changed.record) == RecordBytes(found->second.record)) return changed;
      ++changed.version;
      found->second = changed;
    }
    Tell(key);
    return changed;
  }

  Result<std::vector<StoredJob>> ListUnfinished() override {
    const std::lock_guard lock(mutex_);
    std::map<std::int64_t, StoredJob> oldest_first;
    for (const auto& [key, job] : jobs_) {
      if (!IsFinished(job.record)) oldest_first[job.sequence] = job;
    }
    std::vector<StoredJob> jobs;
    for (auto& [sequence, job] : oldest_first) jobs.push_back(std::move(job));
    return jobs;
  }

  Result<std::vector<StoredJob>> ListAfter(std::int64_t sequence, int limit) override {
    MLENGINE_RETURN_IF_ERROR(CheckPageSize(limit));
    const std::lock_guard lock(mutex_);
    std::map<std::int64_t, const StoredJob*> oldest_first;
    for (const auto& [key, job] : jobs_) {
      if (job.sequence > sequence) oldest_first[job.sequence] = &job;
    }
    std::vector<StoredJob> jobs;
    for (const auto& [number, job] : oldest_first) {
      if (static_cast<int>(jobs.size()) == limit) break;
      jobs.push_back(*job);
    }
    return jobs;
  }

  Result<std::vector<std::pair<int, std::int64_t>>> CountByState() override {
    const std::lock_guard lock(mutex_);
    std::map<int, std::int64_t> counts;
    for (const auto& [key, job] : jobs_) ++counts[job.record.job().state()];
    return std::vector<std::pair<int, std::int64_t>>(counts.begin(), counts.end());
  }

  std::int64_t Subscribe(std::function<void(const JobKey&)> listener) override {
    const std::lock_guard lock(listeners_mutex_);
    listeners_[++last_listener_] = std::move(listener);
    return last_listener_;
  }
  void Unsubscribe(std::int64_t id) override {
    const std::lock_guard lock(listeners_mutex_);
    listeners_.erase(id);
  }

 private:
  void Tell(const JobKey& key) {
    const std::lock_guard lock(listeners_mutex_);
    for (const auto& [id, listener] : listeners_) listener(key);
  }

  std::mutex mutex_;
  std::map<JobKey, StoredJob> jobs_;  // guarded by mutex_, as is last_sequence_
  std::int64_t last_sequence_ = 0;
  std::mutex listeners_mutex_;
  std::map<std::int64_t, std::function<void(const JobKey&)>> listeners_;
  std::int64_t last_listener_ = 0;
};

}  // namespace

std::unique_ptr<JobStore> NewMemoryJobStore() {
  return std::make_unique<MemoryJobStore>();
}

}  // namespace mlengine::store
