#include "logs/file_log_store.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/log.h"
#include "logs/job_log.h"
#include "logs/spool_watch.h"

namespace mlengine::logs {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLook{100};  // between looks at files that cannot be watched
constexpr milliseconds kSyncEvery{1000};
// A runner that syncs a long spool at its program's end would wait for all of it.
constexpr std::uint64_t kBeginSyncAt = 32U << 20;
constexpr milliseconds kIdle{1000};       // longest sleep of the ingest thread
constexpr std::size_t kLoadedJobs = 512;  // kept in memory beyond those being read

struct Tail {
  JobRef job;
  StreamRef stream;
  std::shared_ptr<JobLog> log;
  std::string path;
  bool dirty = true;  // may have bytes that were not read
  bool watched = false;
  std::optional<Time> deadline;
  std::uint64_t sync_begun = 0;  // bytes
};

class FileLogStoreImpl final : public FileLogStore {
 public:
  FileLogStoreImpl(FileLogStoreOptions options, FileSystem& files, const Clock& clock)
      : options_(std::move(options)), files_(files), clock_(clock) {
    if (!options_.ingest_thread) return;
    thread_ = std::thread([this] { Run(); });
    sync_thread_ = std::thread([this] { KeepSynced(); });
  }
  ~FileLogStoreImpl() override {
    {
      const std::lock_guard lock(unsynced_mutex_);
      stopping_ = true;
    }
    watch_.Wake();
    syncs_.notify_all();
    if (thread_.joinable()) thread_.join();
    if (sync_thread_.joinable()) sync_thread_.join();
    SyncAll();
  }

  Result<int> AppendService(const JobRef& job, int first_sequence,
                            const std::vector<ServiceEntry>& entries) override {
    MLENGINE_ASSIGN_OR_RETURN(const auto log, Load(job));
    return TellSaid(job, log->AppendService(first_sequence, entries));
  }
  Status AttachSpools(const JobRef& job, const std::vector<Spool>& spools) override;
  Status CloseStream(const JobRef& job, const StreamRef& stream, std::uint64_t bytes) override {
    MLENGINE_ASSIGN_OR_RETURN(const auto log, Load(job));
    return Tell(job, log->Close(stream, bytes));
  }
  Result<int> EndLog(const JobRef& job, int first_sequence,
                     const std::vector<ServiceEntry>& entries) override {
    MLENGINE_ASSIGN_OR_RETURN(const auto log, Load(job));
    return TellSaid(job, log->EndLog(first_sequence, entries));
  }
  bool Ended(const JobRef& job) override {
    const auto log = Load(job);
    return log.ok() && (*log)->Ended();
  }
  Result<std::vector<LogEntry>> Query(const JobRef& job, const LogQuery& query) override {
    MLENGINE_ASSIGN_OR_RETURN(const auto log, Load(job));
    return log->Query(query);
  }
  Result<LogScan> Scan(const JobRef& job, const LogQuery& query, const ScanHints& hints) override {
    MLENGINE_ASSIGN_OR_RETURN(const auto log, Load(job));
    return log->Scan(query, hints);
  }
  Result<std::vector<StreamRef>> Streams(const JobRef& job) override {
    MLENGINE_ASSIGN_OR_RETURN(const auto log, Load(job));
    return log->Streams();
  }
  Result<std::string> ReadRaw(const JobRef& job, const StreamRef& stream, std::uint64_t offset,
                              std::uint64_t count) override {
    MLENGINE_ASSIGN_OR_RETURN(const auto log, Load(job));
    return log->ReadRaw(stream, offset, count);
  }
  Result<ArchivedLog> Archive(const JobRef& job) override {
    MLENGINE_ASSIGN_OR_RETURN(const auto log, Load(job));
    return log->Archive();
  }
  Status Retire(const JobRef& job, const Retirement& retirement) override {
    MLENGINE_ASSIGN_OR_RETURN(const auto log, Load(job));
    MLENGINE_RETURN_IF_ERROR(log->Retire(retirement));
    Notify(job);
    return OkStatus();
  }
  Result<std::optional<RemovedLog>> Removed(const JobRef& job) override {
    MLENGINE_ASSIGN_OR_RETURN(const auto log, Load(job));
    return log->Removed();
  }
  std::int64_t Watch(const JobRef& job, std::function<void()> listener) override {
    const std::lock_guard lock(listeners_mutex_);
    listeners_[job].emplace(++last_listener_, std::move(listener));
    jobs_of_listeners_.emplace(last_listener_, job);
    return last_listener_;
  }
  void Unwatch(std::int64_t id) override {
    const std::lock_guard lock(listeners_mutex_);
    const auto job = jobs_of_listeners_.find(id);
    if (job == jobs_of_listeners_.end()) return;
    const auto of_job = listeners_.find(job->second);
    of_job->second.erase(id);
    if (of_job->second.empty()) listeners_.erase(of_job);
    jobs_of_listeners_.erase(job);
  }
  void PumpAll() override {
    MarkWritten({}, true);
    while (Turn() == milliseconds(0)) {
    }
  }
  const TakenIn& taken_in() const override { return taken_in_; }

 private:
  Result<std::shared_ptr<JobLog>> Load(const JobRef& job);
  Status Tell(const JobRef& job, const Result<bool>& changed);
  Result<int> TellSaid(const JobRef& job, const Result<JobLog::Said>& said);
  void Notify(const JobRef& job);
  void Run();
  milliseconds Turn();
  bool PumpTail(Tail& tail);
  void MarkWritten(const std::vector<std::string>& paths, bool all);
  void SyncAll();
  void BeginSync(Tail& tail, std::uint64_t read_to);
  void KeepSynced();

  const FileLogStoreOptions options_;
  FileSystem& files_;
  const Clock& clock_;

  TakenIn taken_in_;
  std::mutex jobs_mutex_;
  std::map<JobRef, std::shared_ptr<JobLog>> jobs_;

  std::mutex tails_mutex_;
  std::vector<std::shared_ptr<Tail>> new_tails_;

  std::mutex listeners_mutex_;
  std::int64_t last_listener_ = 0;
  std::map<JobRef, std::map<std::int64_t, std::function<void()>>> listeners_;
  std::map<std::int64_t, JobRef> jobs_of_listeners_;

  // The ingest thread's own.
  SpoolWatch watch_;
  std::vector<std::shared_ptr<Tail>> tails_;

  std::mutex unsynced_mutex_;
  std::condition_variable syncs_;
  std::set<std::shared_ptr<JobLog>> unsynced_;
  struct Stretch {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };
  std::map<std::string, Stretch> to_begin_;  // by spool

  std::atomic<bool> stopping_{false};
  std::thread thread_;
  std::thread sync_thread_;  // of its own: no disk is waited for between a line and its entry
};

Result<std::shared_ptr<JobLog>> FileLogStoreImpl::Load(const JobRef& job) {
  for (const std::string& name : {job.project, job.job_id}) {
    if (name.empty() || name == "." || name == "..") {
      return InvalidArgumentError("\"" + name + "\" is not a name of a project or job");
    }
  }
  const std::lock_guard lock(jobs_mutex_);
  const auto found = jobs_.find(job);
  if (found != jobs_.end()) return found->second;
  // A log that somebody still holds must stay: there is one object per folder.
  if (jobs_.size() >= kLoadedJobs) {
    std::erase_if(jobs_, [](const auto& item) { return item.second.use_count() == 1; });
  }
  const std::string folder =
      JoinPath(JoinPath(JoinPath(options_.data_folder, "logs"), PercentEncode(job.project)),
               PercentEncode(job.job_id));
  MLENGINE_ASSIGN_OR_RETURN(auto log,
                            JobLog::Open(files_, clock_, options_.data_folder, folder, &taken_in_));
  jobs_.emplace(job, log);
  return log;
}

Status FileLogStoreImpl::Tell(const JobRef& job, const Result<bool>& changed) {
  MLENGINE_RETURN_IF_ERROR(changed.status());
  if (*changed) Notify(job);
  return OkStatus();
}

Result<int> FileLogStoreImpl::TellSaid(const JobRef& job, const Result<JobLog::Said>& said) {
  MLENGINE_RETURN_IF_ERROR(said.status());
  if (said->grew) Notify(job);
  return said->next;
}

void FileLogStoreImpl::Notify(const JobRef& job) {
  // Held while they run, so that none is called after its Unwatch.
  const std::lock_guard lock(listeners_mutex_);
  const auto found = listeners_.find(job);
  if (found == listeners_.end()) return;
  for (const auto& [id, listener] : found->second) listener();
}

Status FileLogStoreImpl::AttachSpools(const JobRef& job, const std::vector<Spool>& spools) {
  for (const Spool& spool : spools) {
    if (!spool.path.starts_with('/'))
      return InvalidArgumentError("the spool's path is not absolute: " + spool.path);
  }
  MLENGINE_ASSIGN_OR_RETURN(const auto log, Load(job));
  MLENGINE_RETURN_IF_ERROR(log->Attach(spools));
  {
    const std::lock_guard lock(tails_mutex_);
    for (const Spool& spool : spools) {
      auto tail = std::make_shared<Tail>();
      tail->job = job;
      tail->stream = spool.stream;
      tail->log = log;
      tail->path = spool.path;
      new_tails_.push_back(std::move(tail));
    }
  }
  watch_.Wake();
  return OkStatus();
}

// Reads one chunk; false when the tail is done with.
bool FileLogStoreImpl::PumpTail(Tail& tail) {
  // The watch comes before the read: what is written after the read is told.
  if (!tail.watched) tail.watched = watch_.Add(tail.path);
  const Result<JobLog::Pumped> pumped = tail.log->Pump(tail.stream);
  if (!pumped.ok()) {
    Log(LogLevel::kError, "cannot read in a log",
        {{"spool", tail.path}, {"error", pumped.status().ToString()}});
    tail.watched = false;  // tried again after a while
    watch_.Remove(tail.path);
    tail.dirty = false;
    return true;
  }
  tail.dirty = pumped->more;
  tail.deadline = pumped->deadline;
  if (pumped->grew) {
    {
      const std::lock_guard lock(unsynced_mutex_);
      unsynced_.insert(tail.log);
    }
    Notify(tail.job);
  }
  BeginSync(tail, pumped->read_to);
  if (pumped->done) watch_.Remove(tail.path);
  return !pumped->done;
}

milliseconds FileLogStoreImpl::Turn() {
  {
    const std::lock_guard lock(tails_mutex_);
    for (auto& fresh : new_tails_) {
      const bool known = std::any_of(tails_.begin(), tails_.end(), [&](const auto& tail) {
        return tail->job == fresh->job && tail->stream == fresh->stream;
      });
      if (!known) tails_.push_back(std::move(fresh));
    }
    new_tails_.clear();
  }
  milliseconds wait = kIdle;
  const Time now = clock_.Now();
  std::erase_if(tails_, [&](const std::shared_ptr<Tail>& tail) {
    const bool due = tail->deadline && *tail->deadline <= now;
    if ((tail->dirty || !tail->watched || due) && !PumpTail(*tail)) return true;
    if (tail->deadline || !tail->watched) wait = std::min(wait, kLook);
    if (tail->dirty) wait = milliseconds(0);
    return false;
  });
  return wait;
}

void FileLogStoreImpl::MarkWritten(const std::vector<std::string>& paths, bool all) {
  if (paths.empty() && !all) return;
  const std::set<std::string> written(paths.begin(), paths.end());
  for (const auto& tail : tails_) {
    if (all || written.contains(tail->path)) tail->dirty = true;
  }
}

void FileLogStoreImpl::SyncAll() {
  std::set<std::shared_ptr<JobLog>> logs;
  {
    const std::lock_guard lock(unsynced_mutex_);
    logs.swap(unsynced_);
  }
  for (const auto& log : logs) {
    const Status status = log->Sync();
    if (!status.ok()) Log(LogLevel::kError, "cannot sync a log", {{"error", status.ToString()}});
  }
}

void FileLogStoreImpl::Run() {
  while (!stopping_) {
    const milliseconds wait = Turn();
    bool lost = false;
    MarkWritten(watch_.Wait(wait, lost), lost);
  }
}

void FileLogStoreImpl::BeginSync(Tail& tail, std::uint64_t read_to) {
  if (read_to < tail.sync_begun + kBeginSyncAt) return;
  const std::lock_guard lock(unsynced_mutex_);
  const auto [entry, is_new] = to_begin_.try_emplace(tail.path, tail.sync_begun, read_to);
  entry->second.end = read_to;
  tail.sync_begun = read_to;
  syncs_.notify_all();
}

void FileLogStoreImpl::KeepSynced() {
  auto next_sync = steady_clock::now() + kSyncEvery;
  std::unique_lock lock(unsynced_mutex_);
  while (!stopping_) {
    syncs_.wait_until(lock, next_sync, [this] { return stopping_ || !to_begin_.empty(); });
    const auto stretches = std::exchange(to_begin_, {});
    lock.unlock();
    for (const auto& [path, stretch] : stretches)
      files_.BeginSync(path, stretch.begin, stretch.end - stretch.begin);
    if (steady_clock::now() >= next_sync) {
      SyncAll();
      next_sync = steady_clock::now() + kSyncEvery;
    }
    lock.lock();
  }
}

}  // namespace

Result<std::unique_ptr<FileLogStore>> FileLogStore::Open(FileLogStoreOptions options,
                                                         FileSystem& files, const Clock& clock) {
  if (!options.data_folder.starts_with('/')) {
    return InvalidArgumentError("the data folder is not absolute: " + options.data_folder);
  }
  MLENGINE_RETURN_IF_ERROR(files.MakeDirectories(JoinPath(options.data_folder, "logs")));
  return std::unique_ptr<FileLogStore>(
      std::make_unique<FileLogStoreImpl>(std::move(options), files, clock));
}

}  // namespace mlengine::logs
