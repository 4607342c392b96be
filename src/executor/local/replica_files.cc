#include "executor/local/replica_files.h"

#include <fcntl.h>
#include <google/protobuf/util/json_util.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <memory>
#include <thread>
#include <vector>

#include "base/control_group.h"
#include "base/unique_fd.h"
#include "model/replica_folder.h"

// glibc 2.36 declares these for C alone.
extern "C" {
#include <sys/pidfd.h>
}

namespace mlengine::executor {
namespace {

constexpr std::uint64_t kEnvironmentLimit = 8U << 20;

bool HasVariable(const std::string& environment, const std::string& assignment) {
  for (std::size_t at = 0; (at = environment.find(assignment, at)) != std::string::npos; ++at) {
    const std::size_t end = at + assignment.size();
    const bool starts = at == 0 || environment[at - 1] == '\0';
    if (starts && (end == environment.size() || environment[end] == '\0')) return true;
  }
  return false;
}

// Whether the standard output or error of a process is one of these files, opened for appending as
// a program gets it; who only reads it is no part of the replica.
bool WritesTo(const std::string& pid, const std::vector<std::string>& spools) {
  FileSystem& files = RealFileSystem();
  for (const std::string fd : {"1", "2"}) {
    std::error_code error;
    const auto target = std::filesystem::read_symlink("/proc/" + pid + "/fd/" + fd, error);
    if (error || std::ranges::find(spools, target.string()) == spools.end()) continue;
    const std::string info = files.Read("/proc/" + pid + "/fdinfo/" + fd).value_or("");
    const std::size_t at = info.find("flags:");
    if (at == std::string::npos) continue;
    if ((std::strtol(info.c_str() + at + 6, nullptr, 8) & O_APPEND) != 0) return true;
  }
  return false;
}

// Whether a process is in the group of a replica, by a name that ends otherwise than `tail`. To
// look into the memory of such a one for its environment is not needed, and may take seconds: a
// bomb's processes seldom let anybody.
bool IsOfAnother(const std::string& pid, const std::string& tail) {
  const std::string groups = RealFileSystem().Read("/proc/" + pid + "/cgroup").value_or("");
  const std::string start = "/" + std::string(model::kGroupPrefix) + "-";
  return groups.find(start) != std::string::npos && groups.find(tail) == std::string::npos;
}

// Kills every process that carries both, or writes to a spool. How many there were.
int SignalBearers(const std::string& token, const std::string& mark,
                  const std::vector<std::string>& spools, const std::string& tail) {
  FileSystem& files = RealFileSystem();
  int found = 0;
  for (const std::string& name : files.List("/proc").value_or(std::vector<std::string>{})) {
    const pid_t pid = static_cast<pid_t>(std::atol(name.c_str()));
    if (pid <= 0) continue;
    // Opened first: the number cannot become another process's between the look and the signal.
    const UniqueFd process(::pidfd_open(pid, 0));
    if (!process.ok() || IsOfAnother(name, tail)) continue;
    const Result<std::string> environment =
        files.Read("/proc/" + name + "/environ", kEnvironmentLimit);
    const bool carries =
        environment.ok() && HasVariable(*environment, token) && HasVariable(*environment, mark);
    if (!carries && !WritesTo(name, spools)) continue;
    ++found;
    ::pidfd_send_signal(process.get(), SIGKILL, nullptr, 0);
  }
  return found;
}

}  // namespace

std::string ReplicaPlace::spec() const {
  return JoinPath(folder, model::kLaunchSpecFile);
}
std::string ReplicaPlace::lease() const {
  return JoinPath(folder, model::LeaseFile(restart));
}
std::string ReplicaPlace::record() const {
  return JoinPath(folder, model::StatusFile(restart));
}
std::string ReplicaPlace::lock() const {
  return JoinPath(folder, model::RunnerLockFile(restart));
}
std::string ReplicaPlace::stop() const {
  return JoinPath(folder, model::kStopFile);
}
std::string ReplicaPlace::kill() const {
  return JoinPath(folder, model::KillFile(restart));
}
std::string ReplicaPlace::runner_log() const {
  return JoinPath(folder, model::kRunnerLogFile);
}

std::string ReplicaPlace::stdout_spool() const {
  return JoinPath(folder, model::StdoutSpool(restart));
}
std::string ReplicaPlace::stderr_spool() const {
  return JoinPath(folder, model::StderrSpool(restart));
}

ReplicaPlace PlaceOf(const std::string& jobs_dir, const ReplicaId& id) {
  return {.folder =
              model::ReplicaFolder(jobs_dir, id.project, id.job_id, id.attempt, id.role, id.index),
          .restart = id.restart};
}

Result<LockState> ReadLock(const ReplicaPlace& place) {
  const UniqueFd fd(::open(place.lock().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.ok() && errno == ENOENT) return LockState::kAbsent;
  if (!fd.ok()) return ErrnoError(errno, "open " + place.lock());
  while (::flock(fd.get(), LOCK_SH | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return LockState::kHeld;
    if (errno != EINTR) return ErrnoError(errno, "lock " + place.lock());
  }
  return LockState::kFree;
}

Result<std::optional<StatusRecord>> ReadRecord(FileSystem& files, const ReplicaPlace& place) {
  const Result<std::string> json = files.Read(place.record());
  if (json.status().code() == StatusCode::kNotFound) return std::optional<StatusRecord>();
  if (!json.ok()) return json.status();
  StatusRecord record;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;  // of a newer runner
  const auto parsed = google::protobuf::util::JsonStringToMessage(*json, &record, options);
  if (!parsed.ok()) return DataLossError(place.record() + ": " + std::string(parsed.message()));
  return std::optional<StatusRecord>(std::move(record));
}

bool IsFinal(const StatusRecord& record) {
  return record.step() == StatusRecord::EXITED || record.step() == StatusRecord::NOT_STARTED;
}

void KillLeftovers(const ReplicaPlace& place, const std::string& launch_token, const ReplicaId& id,
                   const std::vector<std::string>& control_groups) {
  if (launch_token.empty()) return;
  const std::string replica_mark = model::ReplicaMark(id.role, id.index, id.restart);
  const std::string token = std::string(model::kTokenVariable) + "=" + launch_token;
  const std::string mark = std::string(model::kMarkVariable) + "=" + replica_mark;
  const std::vector<std::string> spools = {place.stdout_spool(), place.stderr_spool()};
  // A record may have been written by the program itself: only what is named as this replica's is.
  const std::string tail = "-" + model::GroupTail(launch_token, replica_mark);
  std::vector<std::string> own;
  std::ranges::copy_if(control_groups, std::back_inserter(own), [&](const std::string& folder) {
    return folder.starts_with('/') && folder.ends_with(tail);
  });
  const std::unique_ptr<ControlGroup> group = ControlGroup::Open(own);
  for (int i = 0; i < 100; ++i) {
    const bool empty = group->IsEmpty();
    if (!empty) group->Kill();
    if (SignalBearers(token, mark, spools, tail) == 0 && empty) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  group->Remove();
}

}  // namespace mlengine::executor
