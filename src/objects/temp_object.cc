#include "objects/temp_object.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "base/crash_point.h"

namespace mlengine::objects {

Result<TempObject> TempObject::Create(BucketFolder folder) {
  const UniqueFd temp = folder.OpenTemp();
  if (!temp.ok()) return ErrnoError(errno, "open the bucket's folder for temporary files");
  std::string name = RandomHex(16);
  UniqueFd fd(
      ::openat(temp.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.ok()) return ErrnoError(errno, "make a file for a new object");
  return TempObject(std::move(folder), std::move(fd), std::move(name));
}

TempObject::TempObject(TempObject&& other) noexcept
    : folder_(std::move(other.folder_)),
      fd_(std::move(other.fd_)),
      name_(std::exchange(other.name_, {})),
      size_(other.size_) {}

TempObject::~TempObject() {
  if (name_.empty()) return;
  if (const Result<ObjectFile> file = File(); file.ok()) ForgetRecord(folder_.fd(), *file);
  const UniqueFd temp = folder_.OpenTemp();
  if (temp.ok()) ::unlinkat(temp.get(), name_.c_str(), 0);
}

Status TempObject::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoError(errno, "write a new object");
    size_ += static_cast<std::uint64_t>(n);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return OkStatus();
}

Status TempObject::AppendFile(const ObjectFile& from) {
  const std::uint64_t total = FileSize(from.stat);
  std::uint64_t done = 0;
  while (done < total) {
    auto at = static_cast<off_t>(done);
    const ssize_t n = ::copy_file_range(from.fd.get(), &at, fd_.get(), nullptr, total - done, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) {
      return ErrnoError(errno, "copy an object");
    }
    if (n <= 0) break;
    done += static_cast<std::uint64_t>(n);
    size_ += static_cast<std::uint64_t>(n);
  }
  std::vector<char> piece(done < total ? 1U << 20 : 0);
  while (done < total) {
    const ssize_t n = ::pread(from.fd.get(), piece.data(), piece.size(), static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoError(errno, "read an object");
    if (n == 0) return AbortedError("an object's file was cut while it was copied; try again");
    MLENGINE_RETURN_IF_ERROR(Append({piece.data(), static_cast<std::size_t>(n)}));
    done += static_cast<std::uint64_t>(n);
  }
  return OkStatus();
}

Status TempObject::Sync() {
  CrashPoint("sync.before object");
  return ::fsync(fd_.get()) == 0 ? OkStatus() : ErrnoError(errno, "sync a new object");
}

Result<ObjectFile> TempObject::File() const {
  ObjectFile file;
  file.fd.reset(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
  if (!file.fd.ok() || ::fstat(file.fd.get(), &file.stat) != 0) {
    return ErrnoError(errno, "stat a new object");
  }
  return file;
}

}  // namespace mlengine::objects
