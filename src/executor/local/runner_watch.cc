#include "executor/local/runner_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/log.h"

namespace mlengine::executor {
namespace {

constexpr std::chrono::duration<int, std::milli> kLookAnyway{200};

}  // namespace

Result<std::unique_ptr<RunnerWatch>> RunnerWatch::Start() {
  UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.ok()) return ErrnoError(errno, "eventfd");
  // A machine has so many of them for each user; without one, looking now and then is enough.
  UniqueFd folders(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!folders.ok()) {
    Log(LogLevel::kWarning,
        "folders of replicas are not watched but looked into five times a second",
        {{"status", ErrnoError(errno, "inotify_init1").ToString()}});
  }
  std::unique_ptr<RunnerWatch> watch(new RunnerWatch(std::move(wake), std::move(folders)));
  watch->thread_ = std::thread([at = watch.get()] { at->Loop(); });
  return watch;
}

RunnerWatch::~RunnerWatch() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  Wake();
  thread_.join();
}

void RunnerWatch::Wake() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wake_.get(), &one, sizeof(one)));
}

void RunnerWatch::SetHint(std::function<void()> hint) {
  const std::lock_guard lock(hint_mutex_);
  hint_ = std::move(hint);
}

void RunnerWatch::Adopt(ChildProcess runner) {
  {
    const std::lock_guard lock(mutex_);
    runners_.push_back(std::move(runner));
  }
  Wake();
}

void RunnerWatch::Watch(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  Watched& watched = watched_[folder];
  if (watched.count++ > 0) return;
  watched.descriptor =
      ::inotify_add_watch(folders_.get(), folder.c_str(), IN_MOVED_TO | IN_CLOSE_WRITE);
}

void RunnerWatch::Unwatch(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  const auto found = watched_.find(folder);
  if (found == watched_.end() || --found->second.count > 0) return;
  if (found->second.descriptor >= 0) {
    ::inotify_rm_watch(folders_.get(), found->second.descriptor);
  }
  watched_.erase(found);
}

void RunnerWatch::Loop() {
  while (true) {
    std::vector<pollfd> wanted = {{wake_.get(), POLLIN, 0}, {folders_.get(), POLLIN, 0}};
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      for (const ChildProcess& runner : runners_) wanted.push_back({runner.pidfd(), POLLIN, 0});
    }
    const int ready =
        ::poll(wanted.data(), wanted.size(), folders_.ok() ? -1 : kLookAnyway.count());
    if (ready < 0) continue;
    std::uint64_t count = 0;
    static_cast<void>(!::read(wake_.get(), &count, sizeof(count)));
    const bool ended = ReapEnded();
    const bool changed = ready == 0 || TakeFolderEvents();
    if (!ended && !changed) continue;
    const std::lock_guard lock(hint_mutex_);
    if (hint_) hint_();
  }
}

bool RunnerWatch::ReapEnded() {
  const std::lock_guard lock(mutex_);
  return std::erase_if(runners_, [](ChildProcess& runner) {
           return runner.Wait(std::chrono::milliseconds(0)).has_value();
         }) > 0;
}

// True when a status record or a runner's lock was among them.
bool RunnerWatch::TakeFolderEvents() {
  alignas(inotify_event) std::array<char, 16384> buffer;
  bool changed = false;
  ssize_t n = 0;
  while ((n = ::read(folders_.get(), buffer.data(), buffer.size())) > 0) {
    for (const char* at = buffer.data(); at < buffer.data() + n;) {
      const auto* event = reinterpret_cast<const inotify_event*>(at);
      const std::string_view name = event->len > 0 ? event->name : "";
      const bool record = (event->mask & IN_MOVED_TO) != 0 && name.starts_with("status-");
      const bool lock = (event->mask & IN_CLOSE_WRITE) != 0 && name.starts_with("runner-");
      changed = changed || record || lock || (event->mask & IN_Q_OVERFLOW) != 0;
      at += sizeof(inotify_event) + event->len;
    }
  }
  return changed;
}

}  // namespace mlengine::executor
