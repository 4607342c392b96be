#include "runtimes/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace mlengine::runtimes {

Result<std::optional<FolderLock>> FolderLock::Try(const std::string& file) {
  // A description of its own for each call, so that threads exclude each other as processes do.
  UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.ok()) return ErrnoError(errno, "open " + file);
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return std::optional<FolderLock>();
    if (errno != EINTR) return ErrnoError(errno, "lock " + file);
  }
  return std::optional(FolderLock(std::move(fd)));
}

}  // namespace mlengine::runtimes
