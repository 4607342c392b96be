#include "logs/spool_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>

namespace mlengine::logs {

SpoolWatch::SpoolWatch()
    : inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

bool SpoolWatch::Add(const std::string& path) {
  if (watches_.contains(path)) return true;
  const int id = ::inotify_add_watch(inotify_.get(), path.c_str(), IN_MODIFY);
  if (id < 0) return false;
  paths_[id] = path;
  watches_[path] = id;
  return true;
}

void SpoolWatch::Remove(const std::string& path) {
  const auto found = watches_.find(path);
  if (found == watches_.end()) return;
  ::inotify_rm_watch(inotify_.get(), found->second);
  paths_.erase(found->second);
  watches_.erase(found);
}

std::vector<std::string> SpoolWatch::Wait(std::chrono::milliseconds timeout, bool& lost) {
  std::array<pollfd, 2> fds{{{wake_.get(), POLLIN, 0}, {inotify_.get(), POLLIN, 0}}};
  ::poll(fds.data(), fds.size(), static_cast<int>(timeout.count()));
  std::uint64_t count = 0;
  static_cast<void>(::read(wake_.get(), &count, sizeof count));
  std::vector<std::string> written;
  std::array<char, 16384> buffer;
  while (true) {
    const ssize_t n = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (n <= 0) return written;
    for (std::size_t at = 0; at < static_cast<std::size_t>(n);) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof event);
      at += sizeof event + event.len;
      if ((event.mask & IN_Q_OVERFLOW) != 0) lost = true;
      const auto found = paths_.find(event.wd);
      if (found == paths_.end()) continue;
      written.push_back(found->second);
      // The kernel dropped the watch with the file; its id may be given out again.
      if ((event.mask & IN_IGNORED) != 0) {
        watches_.erase(found->second);
        paths_.erase(found);
      }
    }
  }
}

void SpoolWatch::Wake() {
  const std::uint64_t one = 1;
  static_cast<void>(::write(wake_.get(), &one, sizeof one));
}

}  // namespace mlengine::logs
