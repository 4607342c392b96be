#include "upkeep/tree_copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <vector>

#include "base/file_system.h"
#include "base/unique_fd.h"

namespace mlengine::upkeep {
namespace {

constexpr std::size_t kPiece = 1U << 20;  // bytes

Status WriteAll(int fd, const char* bytes, std::size_t count, const std::string& path) {
  while (count > 0) {
    const ssize_t n = ::write(fd, bytes, count);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoError(errno, "write " + path);
    bytes += n;
    count -= static_cast<std::size_t>(n);
  }
  return OkStatus();
}

}  // namespace

Result<bool> CopyFile(const std::string& from, const std::string& to,
                      std::optional<std::uint64_t> limit) {
  // Not blocked by a pipe that a program put there.
  const UniqueFd in(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!in.ok()) return ErrnoError(errno == ELOOP ? ENOENT : errno, "open " + from);
  struct stat st{};
  if (::fstat(in.get(), &st) != 0) return ErrnoError(errno, "stat " + from);
  if (!S_ISREG(st.st_mode)) return NotFoundError(from + " is no plain file");
  const UniqueFd out(
      ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, st.st_mode & 0777));
  if (!out.ok()) return ErrnoError(errno, "create " + to);
  const auto size = static_cast<std::uint64_t>(st.st_size);
  std::uint64_t left = std::min(size, limit.value_or(size));
  std::vector<char> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, left + 1)));
  while (left > 0) {
    const ssize_t n = ::read(in.get(), buffer.data(), std::min<std::uint64_t>(buffer.size(), left));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoError(errno, "read " + from);
    if (n == 0) break;  // cut meanwhile
    MLENGINE_RETURN_IF_ERROR(WriteAll(out.get(), buffer.data(), static_cast<std::size_t>(n), to));
    left -= static_cast<std::uint64_t>(n);
  }
  const timespec times[2] = {st.st_atim, st.st_mtim};
  static_cast<void>(::futimens(out.get(), times));
  return !limit || size <= *limit;
}

Status CopyTree(const std::string& from, const std::string& to) {
  FileSystem& files = RealFileSystem();
  MLENGINE_RETURN_IF_ERROR(files.MakeDirectoriesVisible(to));
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(from));
  for (const std::string& name : names) {
    const std::string path = JoinPath(from, name);
    struct stat st{};
    if (::lstat(path.c_str(), &st) != 0) continue;
    Status copied;
    if (S_ISDIR(st.st_mode)) {
      copied = CopyTree(path, JoinPath(to, name));
    } else if (S_ISREG(st.st_mode)) {
      copied = CopyFile(path, JoinPath(to, name)).status();
    }
    if (!copied.ok() && copied.code() != StatusCode::kNotFound) return copied;
  }
  return OkStatus();
}

Status SyncFileSystem(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.ok()) return ErrnoError(errno, "open " + path);
  return ::syncfs(fd.get()) == 0 ? OkStatus() : ErrnoError(errno, "sync " + path);
}

}  // namespace mlengine::upkeep
