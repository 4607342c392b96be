#include "runner/run_replica.h"

#include <fcntl.h>
#include <google/protobuf/util/json_util.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "base/boot_id.h"
#include "base/file_system.h"
#include "base/log.h"
#include "model/replica_folder.h"
#include "runner/runtime_hold.h"
#include "runner/supervisor.h"

namespace mlengine::runner {
namespace {

constexpr int kKnownVersion = 1;

bool SameFile(int fd, int other) {
  struct stat a{};
  struct stat b{};
  return ::fstat(fd, &a) == 0 && ::fstat(other, &b) == 0 && a.st_dev == b.st_dev &&
         a.st_ino == b.st_ino;
}

int Fail(const Status& status) {
  Log(LogLevel::kError, "the replica cannot be run", {{"status", status.ToString()}});
  return 1;
}

// What an earlier runner or a stop left decides whether this one may begin.
enum class Past { kNone, kDecided, kStopped };

Past LookBack(FileSystem& files, const v1::LaunchSpec& spec) {
  const Result<StatusRecord> record =
      ReadStatusRecord(files, JoinPath(spec.replica_dir(), model::StatusFile(spec.restart())));
  if (record.ok() && record->step() >= StatusRecord::EXITED) return Past::kDecided;
  const Result<std::string> lease =
      files.Read(JoinPath(spec.replica_dir(), model::LeaseFile(spec.restart())));
  if (lease.status().code() == StatusCode::kNotFound) return Past::kNone;
  return lease.ok() && lease->starts_with(model::kLeaseOfStop) ? Past::kStopped : Past::kDecided;
}

}  // namespace

Result<v1::LaunchSpec> ReadLaunchSpec(const std::string& path) {
  MLENGINE_ASSIGN_OR_RETURN(const std::string json, RealFileSystem().Read(path));
  v1::LaunchSpec spec;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;  // of a newer server
  const auto parsed = google::protobuf::util::JsonStringToMessage(json, &spec, options);
  if (!parsed.ok()) {
    return InvalidArgumentError(path + " is no launch spec: " + std::string(parsed.message()));
  }
  if (spec.version() != kKnownVersion) {
    return InvalidArgumentError(path + " has version " + std::to_string(spec.version()) +
                                ", this runner knows " + std::to_string(kKnownVersion));
  }
  if (spec.replica_dir() != ParentPath(path) || spec.cache_dir().empty() ||
      (spec.python_module().empty() && spec.program().empty()) ||
      spec.runtime().interpreter().empty() || spec.restart() < 0) {
    return InvalidArgumentError(path + " is incomplete, or lies outside its replica's folder");
  }
  return spec;
}

Result<UniqueFd> TakeRunnerLock(const std::string& path) {
  UniqueFd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.ok()) return ErrnoError(errno, "open " + path);
  if (SameFile(lock.get(), STDIN_FILENO)) {
    lock.reset(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
    const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    ::dup2(null.get(), STDIN_FILENO);
  }
  // An observer holds it for moments to see whether it is free.
  for (int i = 0; i < 20; ++i) {
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
    if (errno != EWOULDBLOCK && errno != EINTR) return ErrnoError(errno, "lock " + path);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return AlreadyExistsError(path + " is held by another runner");
}

int RunReplica(const std::string& spec_path, const std::string& runner_program) {
  FileSystem& files = RealFileSystem();
  const Result<v1::LaunchSpec> spec = ReadLaunchSpec(spec_path);
  if (!spec.ok()) return Fail(spec.status());
  ::setsid();  // fails when it leads its session already
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const Result<UniqueFd> lock =
      TakeRunnerLock(JoinPath(spec->replica_dir(), model::RunnerLockFile(spec->restart())));
  if (lock.status().code() == StatusCode::kAlreadyExists) return 0;
  if (!lock.ok()) return Fail(lock.status());
  const Past past = LookBack(files, *spec);
  if (past == Past::kDecided) return 0;

  const std::string boot_id = BootId().value_or("");
  StatusFile status(files, SystemClock(), *spec, boot_id);
  const auto not_started = [&](const Status& why) {
    status.SetError(why);
    const Status wrote = status.WriteFinal();
    return wrote.ok() ? 0 : Fail(wrote);
  };
  if (past == Past::kStopped) {
    return not_started(CancelledError("It was stopped before its program was started."));
  }
  if (boot_id != spec->boot_id()) {
    return not_started(
        FailedPreconditionError("The machine was started anew since the replica was launched."));
  }
  for (const std::string_view folder : {model::kWorkFolder, model::kTmpFolder}) {
    const std::string path = JoinPath(spec->replica_dir(), folder);
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
      return not_started(ErrnoError(errno, "make folder " + path));
    }
  }
  const Result<UniqueFd> runtime = HoldRuntime(spec->runtime().interpreter());
  if (!runtime.ok()) return not_started(runtime.status());
  Result<StopSource> stop = StopSource::Open(spec->replica_dir(), spec->restart());
  if (!stop.ok()) return not_started(stop.status());
  Supervisor(files, SystemClock(), *spec, status, *stop, runner_program).Run();
  return 0;
}

}  // namespace mlengine::runner
