#include "data_folder.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/file_system.h"

namespace mlengine::server {

namespace {

// With the lock, so no server is writing. A runner that just remembers a package's shape tries
// again the next time.
void RemoveUnfinished(FileSystem& files, const DataFolder& folder) {
  RemoveUnfinishedWrites(files, folder.path());
  RemoveUnfinishedWrites(files, folder.Sub("run"));
  const std::string packages = folder.Sub("cache/packages");
  for (const std::string& boot : files.List(packages).value_or(std::vector<std::string>())) {
    RemoveUnfinishedWrites(files, JoinPath(packages, boot));
  }
}

}  // namespace

Result<DataFolder> DataFolder::Open(const std::string& path) {
  FileSystem& files = RealFileSystem();
  for (const char* sub : {"buckets", "jobs", "logs", "models", "runtimes"})
    MLENGINE_RETURN_IF_ERROR(files.MakeDirectories(JoinPath(path, sub)));
  // Worth nothing after a reboot.
  for (const char* sub : {"cache", "run"})
    MLENGINE_RETURN_IF_ERROR(files.MakeDirectoriesVisible(JoinPath(path, sub)));
  const std::string lock_path = JoinPath(path, "run/lock");
  UniqueFd lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.ok()) return ErrnoError(errno, "open " + lock_path);
  // Who only looks whether there is a server holds it for a moment.
  bool taken = ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0;
  for (int i = 0; i < 10 && !taken; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    taken = ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0;
  }
  if (!taken) {
    const std::string pid = files.Read(JoinPath(path, "run/pid")).value_or("unknown");
    return AlreadyExistsError("another mlengine server (PID " + pid + ") has the data folder " +
                              path + "; stop it, or name another folder with --data-dir");
  }
  return DataFolder(path, std::move(lock));
}

Status DataFolder::Sign() {
  // A server that was killed left these; until Announce nobody shall find it, or end whoever has
  // its number now.
  RemoveUnfinished(RealFileSystem(), *this);
  static_cast<void>(RealFileSystem().Remove(Sub("run/endpoint")));
  return RealFileSystem().ReplaceVisible(Sub("run/pid"), std::to_string(::getpid()));
}

Status DataFolder::StopHolder(const std::string& path) {
  const std::string lock_path = JoinPath(path, "run/lock");
  const UniqueFd lock(::open(lock_path.c_str(), O_RDWR | O_CLOEXEC));
  // The lock, not the PID file, tells whether a server lives: a PID may be another program's by
  // now.
  if (!lock.ok() || ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0)
    return NotFoundError("no server has the data folder " + path);
  const std::string pid = RealFileSystem().Read(JoinPath(path, "run/pid"), 64).value_or("");
  const int number = std::atoi(pid.c_str());
  if (number <= 1 || ::kill(number, SIGTERM) != 0)
    return UnavailableError("the server that has " + path +
                            " cannot be told to stop; its PID file says \"" + pid + "\"");
  for (int i = 0; i < 3000; ++i) {
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return OkStatus();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return DeadlineExceededError("the server (PID " + pid + ") has not ended within 30 s");
}

bool DataFolder::Held(const std::string& path) {
  const std::string lock_path = JoinPath(path, "run/lock");
  const UniqueFd lock(::open(lock_path.c_str(), O_RDWR | O_CLOEXEC));
  return lock.ok() && ::flock(lock.get(), LOCK_SH | LOCK_NB) != 0;
}

std::string DataFolder::Sub(std::string_view name) const {
  return JoinPath(path_, name);
}

Status DataFolder::Announce(const std::string& url) {
  return RealFileSystem().ReplaceVisible(Sub("run/endpoint"), url);
}

void DataFolder::Withdraw() {
  static_cast<void>(RealFileSystem().Remove(Sub("run/endpoint")));
  static_cast<void>(RealFileSystem().Remove(Sub("run/pid")));
}

}  // namespace mlengine::server
