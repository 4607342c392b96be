#include "runner/spool.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/file_system.h"

namespace mlengine::runner {
namespace {

constexpr std::size_t kPiece = 1U << 20;

Status SyncFile(int fd, const std::string& path) {
  return ::fdatasync(fd) == 0 ? OkStatus() : ErrnoError(errno, "sync " + path);
}

Status WriteAll(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoError(errno, "write " + path);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return OkStatus();
}

}  // namespace

Result<Spool> Spool::Open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!fd.ok()) return ErrnoError(errno, "open " + path);
  return Spool(path, std::move(fd));
}

std::uint64_t Spool::size() const {
  struct stat stat{};
  return fd_.ok() && ::fstat(fd_.get(), &stat) == 0 ? static_cast<std::uint64_t>(stat.st_size) : 0;
}

std::uint64_t Spool::inode() const {
  struct stat stat{};
  return fd_.ok() && ::fstat(fd_.get(), &stat) == 0 ? static_cast<std::uint64_t>(stat.st_ino) : 0;
}

std::string Spool::Tail(std::uint64_t limit) const {
  const std::uint64_t all = size();
  std::string bytes(std::min(all, limit), '\0');
  const ssize_t n =
      ::pread(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(all - bytes.size()));
  bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return bytes;
}

bool Spool::IsDisplaced() const {
  struct stat own{};
  struct stat there{};
  return fd_.ok() && ::fstat(fd_.get(), &own) == 0 &&
         (::lstat(path_.c_str(), &there) != 0 || there.st_ino != own.st_ino ||
          there.st_dev != own.st_dev);
}

Status Spool::Settle() {
  if (!fd_.ok()) return OkStatus();
  if (IsDisplaced()) return CopyBack();
  return size() == 0 ? OkStatus() : SyncFile(fd_.get(), path_);
}

Status Spool::CopyBack() {
  const std::string beside = path_ + ".back";
  static_cast<void>(RealFileSystem().RemoveTree(beside));
  UniqueFd copy(::open(beside.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!copy.ok()) return ErrnoError(errno, "open " + beside);
  std::string piece(kPiece, '\0');
  off_t at = 0;
  while (true) {
    const ssize_t n = ::pread(fd_.get(), piece.data(), piece.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoError(errno, "read " + path_);
    if (n == 0) break;
    MLENGINE_RETURN_IF_ERROR(
        WriteAll(copy.get(), {piece.data(), static_cast<std::size_t>(n)}, beside));
    at += n;
  }
  MLENGINE_RETURN_IF_ERROR(SyncFile(copy.get(), beside));
  struct stat there{};
  if (::lstat(path_.c_str(), &there) == 0 && S_ISDIR(there.st_mode))
    MLENGINE_RETURN_IF_ERROR(RealFileSystem().RemoveTree(path_));
  MLENGINE_RETURN_IF_ERROR(RealFileSystem().Rename(beside, path_));
  fd_ = std::move(copy);
  return OkStatus();
}

}  // namespace mlengine::runner
