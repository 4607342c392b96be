#include "upkeep/disk_reserve.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/unique_fd.h"

namespace mlengine::upkeep {
namespace {

std::uint64_t SizeOf(const std::string& path) {
  struct stat st{};
  return ::stat(path.c_str(), &st) == 0 ? static_cast<std::uint64_t>(st.st_size) : 0;
}

}  // namespace

DiskReserve::DiskReserve(std::string path, std::uint64_t wanted)
    : path_(std::move(path)), wanted_(wanted) {}

std::uint64_t DiskReserve::held() const {
  const std::lock_guard lock(mutex_);
  return SizeOf(path_);
}

bool DiskReserve::GiveUp(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t size = SizeOf(path_);
  if (size == 0 || bytes == 0) return false;
  const std::uint64_t left = size - std::min(size, bytes);
  return ::truncate(path_.c_str(), static_cast<off_t>(left)) == 0;
}

Status DiskReserve::Refill() {
  const std::lock_guard lock(mutex_);
  const UniqueFd fd(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.ok()) return ErrnoError(errno, "open " + path_);
  const std::uint64_t before = SizeOf(path_);
  // From the start: a copy of a data folder may have brought a file of holes.
  const int error = wanted_ > 0 ? ::posix_fallocate(fd.get(), 0, static_cast<off_t>(wanted_)) : 0;
  if (error != 0) {
    static_cast<void>(::ftruncate(fd.get(), static_cast<off_t>(before)));
    return ErrnoError(error, "allocate " + path_);
  }
  if (before > wanted_ && ::ftruncate(fd.get(), static_cast<off_t>(wanted_)) != 0)
    return ErrnoError(errno, "shorten " + path_);
  // The allocation itself must outlive a power cut.
  return ::fsync(fd.get()) == 0 ? OkStatus() : ErrnoError(errno, "sync " + path_);
}

}  // namespace mlengine::upkeep
