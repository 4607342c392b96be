#include "executor/local/local_executor.h"

#include <fcntl.h>
#include <google/protobuf/util/json_util.h>
#include <sched.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <map>
#include <mutex>
#include <utility>

#include "base/control_group.h"
#include "base/log.h"
#include "executor/local/gpu_list.h"
#include "executor/local/gpu_quarantine.h"
#include "executor/local/replica_files.h"
#include "executor/local/runner_watch.h"
#include "executor/local/tmp_links.h"
#include "model/replica_folder.h"

namespace mlengine::executor {
namespace {

using Liveness = ReplicaStatus::Liveness;

int UsableCpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

// Taken before the runner starts and handed to it, so that there is no moment in which a replica
// that is being started looks gone.
Result<UniqueFd> TakeLock(const std::string& path) {
  UniqueFd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.ok()) return ErrnoError(errno, "open " + path);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK) return AlreadyExistsError(path + " is held");
  return ErrnoError(errno, "lock " + path);
}

class LocalExecutor final : public Executor {
 public:
  LocalExecutor(LocalExecutorOptions options, std::unique_ptr<RunnerWatch> watch)
      : options_(std::move(options)), watch_(std::move(watch)) {
    if (!options_.tmp_links_dir.empty()) RemoveStaleTmpLinks(files_, options_.tmp_links_dir);
    if (options_.gpus.empty()) return;
    quarantine_ = std::make_unique<GpuQuarantine>(
        [program = options_.nvidia_smi] { return FindGpuHolders(program); });
  }

  Status Launch(const std::vector<LaunchSpec>& gang) override;
  Result<std::vector<ReplicaStatus>> Observe(const std::vector<ReplicaId>& replicas) override;
  Status Stop(const ReplicaId& replica) override;
  Status Kill(const ReplicaId& replica) override;
  Status Forget(const ReplicaId& replica) override;
  Capabilities GetCapabilities() override;
  std::vector<HeldGpu> HeldGpus() override {
    return quarantine_ ? quarantine_->Held() : std::vector<HeldGpu>{};
  }
  void SetChangeHint(std::function<void()> hint) override {
    if (quarantine_) quarantine_->SetHint(hint);
    watch_->SetHint(std::move(hint));
  }

 private:
  // What was read last; only saves reading it again.
  struct Known {
    FileStat record_stat;
    std::optional<StatusRecord> record;
    bool watched = false;
    bool launched = false;  // by this process
    bool ended = false;
  };

  Result<bool> LaunchOne(const LaunchSpec& spec);
  Status WriteSpec(const ReplicaPlace& place, const LaunchSpec& spec);
  Status StartRunner(const ReplicaPlace& place, UniqueFd lock);
  ReplicaStatus ObserveOne(const ReplicaId& id);
  Status Refresh(const ReplicaPlace& place, Known& known);
  void End(const ReplicaPlace& place, Known& known);
  Status StopOne(const ReplicaId& id);

  const LocalExecutorOptions options_;
  FileSystem& files_ = RealFileSystem();
  std::mutex mutex_;
  std::map<ReplicaId, Known> known_;  // guarded by mutex_
  std::unique_ptr<RunnerWatch> watch_;
  std::unique_ptr<GpuQuarantine> quarantine_;  // null without GPUs
};

Status LocalExecutor::Launch(const std::vector<LaunchSpec>& gang) {
  const std::lock_guard lock(mutex_);
  std::vector<ReplicaId> started;
  for (const LaunchSpec& spec : gang) {
    const Result<bool> launched = LaunchOne(spec);
    if (launched.ok()) {
      if (*launched) started.push_back(IdOf(spec));
      continue;
    }
    for (const ReplicaId& id : started) {
      if (const Status stopped = StopOne(id); !stopped.ok()) {
        Log(LogLevel::kError, "cannot stop a replica of a gang that was not started whole",
            {{"job", id.job_id}, {"status", stopped.ToString()}});
      }
    }
    return Status(launched.status()).WithContext("start " + spec.task_name());
  }
  return OkStatus();
}

// False when it was started, or stopped, before.
Result<bool> LocalExecutor::LaunchOne(const LaunchSpec& spec) {
  const ReplicaPlace place = PlaceOf(options_.jobs_dir, IdOf(spec));
  if (spec.replica_dir() != place.folder) {
    return InvalidArgumentError("the launch spec names the folder " + spec.replica_dir() +
                                ", not " + place.folder);
  }
  // Folder and spec need no disk: after a reboot the attempt is lost by its boot id.
  MLENGINE_RETURN_IF_ERROR(files_.MakeDirectoriesVisible(place.folder));
  if (files_.Stat(place.lease()).ok()) return false;
  MLENGINE_ASSIGN_OR_RETURN(const LockState state, ReadLock(place));
  if (state == LockState::kHeld) return false;
  MLENGINE_ASSIGN_OR_RETURN(const std::optional<StatusRecord> record, ReadRecord(files_, place));
  if (record && IsFinal(*record)) return false;
  MLENGINE_RETURN_IF_ERROR(WriteSpec(place, spec));
  Result<UniqueFd> lock = TakeLock(place.lock());
  if (lock.status().code() == StatusCode::kAlreadyExists) return false;
  if (!lock.ok()) return lock.status();
  Known& known = known_[IdOf(spec)];
  if (!known.watched) watch_->Watch(place.folder);
  known.watched = true;
  MLENGINE_RETURN_IF_ERROR(StartRunner(place, *std::move(lock)));
  known.launched = true;
  return true;
}

// A spec is never changed once it is there; a further restart gets its own.
Status LocalExecutor::WriteSpec(const ReplicaPlace& place, const LaunchSpec& spec) {
  if (const Result<std::string> there = files_.Read(place.spec()); there.ok()) {
    LaunchSpec old;
    if (google::protobuf::util::JsonStringToMessage(*there, &old).ok() &&
        old.restart() == spec.restart() && old.launch_token() == spec.launch_token()) {
      return OkStatus();
    }
  }
  LaunchSpec written = spec;
  written.set_tmp_links_dir(options_.tmp_links_dir);
  std::string json;
  const auto made = google::protobuf::util::MessageToJsonString(written, &json);
  if (!made.ok()) return InvalidArgumentError("launch spec: " + std::string(made.message()));
  return files_.ReplaceVisible(place.spec(), json);
}

Status LocalExecutor::StartRunner(const ReplicaPlace& place, UniqueFd lock) {
  const UniqueFd log(
      ::open(place.runner_log().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!log.ok()) return ErrnoError(errno, "open " + place.runner_log());
  ProcessSpec process;
  process.words = {options_.runner_program, place.spec()};
  process.folder = "/";
  process.stdin_fd = lock.get();
  process.stdout_fd = log.get();
  process.stderr_fd = log.get();
  process.new_session = true;
  Result<ChildProcess> runner = ChildProcess::Start(process);
  if (!runner.ok()) {
    static_cast<void>(files_.Remove(place.lock()));  // none was started
    return runner.status();
  }
  watch_->Adopt(*std::move(runner));
  return OkStatus();
}

Result<std::vector<ReplicaStatus>> LocalExecutor::Observe(const std::vector<ReplicaId>& replicas) {
  const std::lock_guard lock(mutex_);
  std::vector<ReplicaStatus> out;
  out.reserve(replicas.size());
  for (const ReplicaId& id : replicas) out.push_back(ObserveOne(id));
  return out;
}

ReplicaStatus LocalExecutor::ObserveOne(const ReplicaId& id) {
  const auto found = known_.find(id);
  if (found != known_.end() && found->second.ended) {
    return {.id = id, .liveness = Liveness::kGone, .record = found->second.record};
  }
  const ReplicaPlace place = PlaceOf(options_.jobs_dir, id);
  Result<LockState> state = ReadLock(place);
  if (state.ok() && *state == LockState::kAbsent)
    return {.id = id, .liveness = Liveness::kUnknown, .record = {}};
  Known& known = found != known_.end() ? found->second : known_[id];
  if (state.ok() && *state == LockState::kHeld && !known.watched) {
    watch_->Watch(place.folder);
    known.watched = true;
    state = ReadLock(place);  // what happened before the watch
  }
  // The record is read after the lock was found free, and so is the last.
  Status read = state.ok() ? Refresh(place, known) : state.status();
  if (read.code() == StatusCode::kDataLoss && state.ok() && *state != LockState::kHeld) {
    // Its steps are not synced: a power cut leaves an empty one. Nobody will write a better.
    Log(LogLevel::kWarning,
        "the record of a replica that is gone cannot be read; it counts as none",
        {{"job", id.job_id}, {"status", read.ToString()}});
    known.record.reset();
    read = OkStatus();
  }
  if (!read.ok()) {
    Log(LogLevel::kWarning, "cannot observe a replica now",
        {{"job", id.job_id}, {"status", read.ToString()}});
    return {.id = id, .liveness = Liveness::kUnreachable, .record = known.record};
  }
  if (*state == LockState::kHeld) {
    return {.id = id, .liveness = Liveness::kAlive, .record = known.record};
  }
  // What a server leaves that is killed between taking the lock and starting the runner. Not when
  // the runner was started here: one that dies at once would be started for ever.
  if (!known.launched && !known.record && !files_.Stat(place.lease()).ok())
    return {.id = id, .liveness = Liveness::kUnknown, .record = {}};
  End(place, known);
  return {.id = id, .liveness = Liveness::kGone, .record = known.record};
}

Status LocalExecutor::Refresh(const ReplicaPlace& place, Known& known) {
  const Result<FileStat> stat = files_.Stat(place.record());
  if (stat.status().code() == StatusCode::kNotFound) return OkStatus();
  if (!stat.ok()) return stat.status();
  if (known.record && stat->inode == known.record_stat.inode &&
      stat->mtime_ns == known.record_stat.mtime_ns && stat->size == known.record_stat.size) {
    return OkStatus();
  }
  MLENGINE_ASSIGN_OR_RETURN(known.record, ReadRecord(files_, place));
  known.record_stat = *stat;
  if (quarantine_ && known.record) {
    for (const auto& holder : known.record->exit().gpu_holders())
      quarantine_->Put({holder.uuid(), holder.pid(), holder.name()});
  }
  return OkStatus();
}

// Its runner is gone. Without a final record it was lost, and its program must not live on.
void LocalExecutor::End(const ReplicaPlace& place, Known& known) {
  if (!known.record || !IsFinal(*known.record)) {
    LaunchSpec spec;
    const std::string json = files_.Read(place.spec()).value_or("");
    google::protobuf::util::JsonParseOptions options;
    options.ignore_unknown_fields = true;
    if (google::protobuf::util::JsonStringToMessage(json, &spec, options).ok()) {
      std::vector<std::string> groups;
      if (known.record) {
        groups.assign(known.record->control_groups().begin(), known.record->control_groups().end());
      }
      KillLeftovers(place, spec.launch_token(), IdOf(spec), groups);
      if (!options_.tmp_links_dir.empty()) RemoveStaleTmpLinks(files_, options_.tmp_links_dir);
      for (const std::string& uuid : spec.gpus().uuids()) {
        if (quarantine_) quarantine_->Suspect(uuid);
      }
    }
  }
  if (known.watched) watch_->Unwatch(place.folder);
  known.watched = false;
  known.ended = true;
}

Status LocalExecutor::Stop(const ReplicaId& replica) {
  const std::lock_guard lock(mutex_);
  return StopOne(replica);
}

Status LocalExecutor::StopOne(const ReplicaId& id) {
  const ReplicaPlace place = PlaceOf(options_.jobs_dir, id);
  // None of it needs the disk: after a reboot the attempt is lost by its boot id.
  MLENGINE_RETURN_IF_ERROR(files_.MakeDirectoriesVisible(place.folder));
  // Before the runner's lease: no user code will ever run.
  const Status lease =
      files_.CreateExclusive(place.lease(), std::string(model::kLeaseOfStop) + "\n");
  if (!lease.ok() && lease.code() != StatusCode::kAlreadyExists) return lease;
  MLENGINE_ASSIGN_OR_RETURN(const LockState state, ReadLock(place));
  if (state != LockState::kHeld || files_.Stat(place.stop()).ok()) return OkStatus();
  // Empty, so that a full disk cannot keep a job from being stopped.
  return files_.ReplaceVisible(place.stop(), "");
}

Status LocalExecutor::Kill(const ReplicaId& replica) {
  const std::lock_guard lock(mutex_);
  const ReplicaPlace place = PlaceOf(options_.jobs_dir, replica);
  MLENGINE_ASSIGN_OR_RETURN(const LockState state, ReadLock(place));
  // Never removed: a restart is killed at most once. It needs no disk, as a stop.
  if (state != LockState::kHeld || files_.Stat(place.kill()).ok()) return OkStatus();
  return files_.ReplaceVisible(place.kill(), "");
}

Status LocalExecutor::Forget(const ReplicaId& replica) {
  const std::lock_guard lock(mutex_);
  const ReplicaPlace place = PlaceOf(options_.jobs_dir, replica);
  // What a killed server or runner left; a further restart may be writing its own files there.
  for (const std::string& path : {place.record(), place.spec(), place.stop(), place.kill()}) {
    RemoveUnfinishedWrites(files_, place.folder, path.substr(place.folder.size() + 1));
  }
  const auto found = known_.find(replica);
  if (found == known_.end()) return OkStatus();
  if (found->second.watched) watch_->Unwatch(place.folder);
  known_.erase(found);
  return OkStatus();
}

Capabilities LocalExecutor::GetCapabilities() {
  Capabilities out;
  const int cpus = UsableCpus();
  out.slots = options_.slots > 0 ? options_.slots : cpus;
  out.memory_bytes = static_cast<std::int64_t>(::sysconf(_SC_PHYS_PAGES)) *
                     static_cast<std::int64_t>(::sysconf(_SC_PAGE_SIZE));
  char text[64];
  std::snprintf(text, sizeof(text), "%d CPU%s, %.1f GiB", cpus, cpus == 1 ? "" : "s",
                static_cast<double>(out.memory_bytes) / (1U << 30));
  out.description = text;
  out.gpus = options_.gpus;
  if (!out.gpus.empty()) {
    out.description += ", " + std::to_string(out.gpus.size()) + " GPU" +
                       (out.gpus.size() == 1 ? "" : "s") + " (" + out.gpus[0].name + ")";
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<Executor>> NewLocalExecutor(LocalExecutorOptions options) {
  if (!options.jobs_dir.starts_with('/')) {
    return InvalidArgumentError("the folder of the jobs must be an absolute path, not \"" +
                                options.jobs_dir + "\"");
  }
  if (::access(options.runner_program.c_str(), X_OK) != 0) {
    return ErrnoError(errno, "run the replicas with " + options.runner_program);
  }
  MLENGINE_ASSIGN_OR_RETURN(std::unique_ptr<RunnerWatch> watch, RunnerWatch::Start());
  ControlGroup::Sweep(model::kGroupPrefix, {});
  if (options.adopt_children) {
    for (ChildProcess& runner : ChildProcess::Inherited()) watch->Adopt(std::move(runner));
  }
  return std::unique_ptr<Executor>(
      std::make_unique<LocalExecutor>(std::move(options), std::move(watch)));
}

}  // namespace mlengine::executor
