#include "runner/stop_source.h"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "base/file_system.h"
#include "model/replica_folder.h"

namespace mlengine::runner {
namespace {

// Where the folder cannot be watched, the stop file is looked for this often.
constexpr std::chrono::milliseconds kLookAnyway{200};

}  // namespace

Result<StopSource> StopSource::Open(const std::string& replica_dir, int restart) {
  ::signal(SIGHUP, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t wanted;
  ::sigemptyset(&wanted);
  for (const int signal : {SIGTERM, SIGINT, SIGCHLD}) ::sigaddset(&wanted, signal);
  ::sigprocmask(SIG_BLOCK, &wanted, nullptr);
  UniqueFd signals(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.ok()) return ErrnoError(errno, "signalfd");
  UniqueFd folder(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (folder.ok() &&
      ::inotify_add_watch(folder.get(), replica_dir.c_str(), IN_MOVED_TO | IN_CREATE) < 0) {
    folder.reset();
  }
  return StopSource(JoinPath(replica_dir, model::kStopFile),
                    JoinPath(replica_dir, model::KillFile(restart)), std::move(signals),
                    std::move(folder));
}

void StopSource::TakeSignals() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof(info)) == sizeof(info)) {
    if (info.ssi_signo != SIGCHLD) asked_ = true;
  }
}

bool StopSource::Asked() {
  TakeSignals();
  if (!asked_ && ::access(stop_file_.c_str(), F_OK) == 0) asked_ = true;
  return asked_;
}

bool StopSource::KillAsked() const {
  return ::access(kill_file_.c_str(), F_OK) == 0;
}

void StopSource::Wait(std::chrono::milliseconds timeout, int other_fd) {
  if (!folder_.ok()) timeout = std::min(timeout, kLookAnyway);
  std::array<pollfd, 3> wanted{pollfd{signals_.get(), POLLIN, 0}, pollfd{folder_.get(), POLLIN, 0},
                               pollfd{other_fd, POLLIN, 0}};
  const auto bounded = std::clamp<long long>(timeout.count(), 0, 1 << 30);
  ::poll(wanted.data(), wanted.size(), static_cast<int>(bounded));
  TakeSignals();
  std::array<char, 4096> events;
  while (folder_.ok() && ::read(folder_.get(), events.data(), events.size()) > 0) {
  }
}

}  // namespace mlengine::runner
