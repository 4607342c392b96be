#include "base/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "base/crash_point.h"
#include "base/unique_fd.h"

namespace mlengine {
namespace {

// Of a file that is being written beside the one that it will replace: PATH.tmp-PID-NUMBER.
constexpr std::string_view kBesideMark = ".tmp-";

Status WriteAll(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      return ErrnoError(errno, "write " + path);
    }
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return OkStatus();
}

Status SyncNames(const std::string& folder) {
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.ok()) return ErrnoError(errno, "open folder " + folder);
  CrashPoint("syncfolder.before", folder);
  // Some file systems cannot sync a folder; they order renames themselves.
  if (::fsync(fd.get()) != 0 && errno != EINVAL) return ErrnoError(errno, "sync folder " + folder);
  CrashPoint("syncfolder.after", folder);
  return OkStatus();
}

// Programs write into folders that are read here: a pipe in a file's place must not stop the
// reader.
int OpenToRead(const std::string& path) {
  return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

// No more memory is touched than the file needs: small files are read by the thousand.
Result<std::string> ReadFd(int fd, const std::string& path, std::uint64_t offset,
                           std::uint64_t count) {
  struct stat st{};
  if (::fstat(fd, &st) != 0) return ErrnoError(errno, "stat " + path);
  const auto size = static_cast<std::uint64_t>(st.st_size);
  // One byte more shows the end; files of the kernel tell no size.
  std::uint64_t step = size > offset ? size - offset + 1 : 4096;
  std::string out;
  while (out.size() < count) {
    const std::size_t have = out.size();
    const std::size_t want = std::min({count - have, step, std::uint64_t{1} << 20});
    out.resize(have + want);
    const ssize_t n = ::pread(fd, out.data() + have, want, static_cast<off_t>(offset + have));
    if (n < 0 && errno == EINTR) {
      out.resize(have);
      continue;
    }
    if (n < 0) return ErrnoError(errno, "read " + path);
    out.resize(have + static_cast<std::size_t>(n));
    if (n == 0 || (S_ISREG(st.st_mode) && size > 0 && static_cast<std::size_t>(n) < want)) break;
    step = std::max<std::uint64_t>(step, 1U << 16);
  }
  return out;
}

class RealAppendFile final : public AppendFile {
 public:
  RealAppendFile(UniqueFd fd, std::string path, std::uint64_t size, bool made)
      : fd_(std::move(fd)), path_(std::move(path)), size_(size), made_(made) {}

  Status Append(std::string_view bytes) override {
    CrashPoint("append.before", path_);
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_.get(), bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return ErrnoError(errno, "append to " + path_);
      size_ += static_cast<std::uint64_t>(n);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    CrashPoint("append.after", path_);
    return OkStatus();
  }
  Status Sync() override {
    CrashPoint("sync.before", path_);
    if (::fdatasync(fd_.get()) != 0) return ErrnoError(errno, "sync " + path_);
    CrashPoint("sync.after", path_);
    if (made_) MLENGINE_RETURN_IF_ERROR(SyncNames(ParentPath(path_)));
    made_ = false;
    return OkStatus();
  }
  std::uint64_t offset() const override { return size_; }

 private:
  UniqueFd fd_;
  std::string path_;
  std::uint64_t size_;
  bool made_;  // its name is not on the disk yet
};

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::string> Read(const std::string& path, std::uint64_t limit) override {
    const UniqueFd fd(OpenToRead(path));
    if (!fd.ok()) return ErrnoError(errno, "open " + path);
    Result<std::string> bytes = ReadFd(fd.get(), path, 0, limit + 1);
    if (bytes.ok() && bytes->size() > limit) {
      return OutOfRangeError(path + " is longer than " + std::to_string(limit) + " bytes");
    }
    return bytes;
  }

  Result<std::string> ReadAt(const std::string& path, std::uint64_t offset,
                             std::uint64_t count) override {
    const UniqueFd fd(OpenToRead(path));
    if (!fd.ok()) return ErrnoError(errno, "open " + path);
    return ReadFd(fd.get(), path, offset, count);
  }

  void BeginSync(const std::string& path, std::uint64_t offset, std::uint64_t count) override {
    const UniqueFd fd(OpenToRead(path));
    if (!fd.ok()) return;
    static_cast<void>(::sync_file_range(fd.get(), static_cast<off64_t>(offset),
                                        static_cast<off64_t>(count), SYNC_FILE_RANGE_WRITE));
  }

  Status WriteAtomic(const std::string& path, std::string_view bytes) override {
    const std::string beside = Beside(path);
    Status status = WriteSynced(beside, bytes);
    if (status.ok()) status = Rename(beside, path);
    if (!status.ok()) ::unlink(beside.c_str());
    return status;
  }

  Status ReplaceVisible(const std::string& path, std::string_view bytes) override {
    const std::string beside = Beside(path);
    const UniqueFd fd(
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd.ok()) return ErrnoError(errno, "create " + beside);
    Status status = WriteAll(fd.get(), bytes, beside);
    CrashPoint("replace.before", path);
    if (status.ok() && ::rename(beside.c_str(), path.c_str()) != 0)
      status = ErrnoError(errno, "rename " + beside);
    CrashPoint("replace.after", path);
    if (!status.ok()) ::unlink(beside.c_str());
    return status;
  }

  Status CreateExclusive(const std::string& path, std::string_view bytes) override {
    CrashPoint("exclusive.before", path);
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd.ok()) return ErrnoError(errno, "create " + path);
    Status status = WriteAll(fd.get(), bytes, path);
    CrashPoint("exclusive.after", path);
    // Half a file would be taken for somebody's.
    if (!status.ok()) ::unlink(path.c_str());
    return status;
  }

  Result<std::unique_ptr<AppendFile>> OpenAppend(
      const std::string& path, std::optional<std::uint64_t> truncate_to) override {
    constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
    UniqueFd fd(::open(path.c_str(), kFlags | O_EXCL, 0600));
    const bool made = fd.ok();
    if (!made && errno == EEXIST) fd.reset(::open(path.c_str(), kFlags, 0600));
    if (!fd.ok()) return ErrnoError(errno, "open " + path);
    if (truncate_to && ::ftruncate(fd.get(), static_cast<off_t>(*truncate_to)) != 0) {
      return ErrnoError(errno, "truncate " + path);
    }
    struct stat st{};
    if (::fstat(fd.get(), &st) != 0) return ErrnoError(errno, "stat " + path);
    return std::unique_ptr<AppendFile>(std::make_unique<RealAppendFile>(
        std::move(fd), path, static_cast<std::uint64_t>(st.st_size), made));
  }

  Status SyncFolder(const std::string& path) override { return SyncNames(path); }

  Status Rename(const std::string& from, const std::string& to) override {
    CrashPoint("rename.before", to);
    if (::rename(from.c_str(), to.c_str()) != 0)
      return ErrnoError(errno, "rename " + from + " to " + to);
    CrashPoint("rename.after", to);
    return SyncNames(ParentPath(to));
  }

  Status RenameVisible(const std::string& from, const std::string& to) override {
    CrashPoint("rename.before", to);
    if (::rename(from.c_str(), to.c_str()) != 0)
      return ErrnoError(errno, "rename " + from + " to " + to);
    CrashPoint("rename.after", to);
    return OkStatus();
  }

  Status Remove(const std::string& path) override {
    CrashPoint("remove.before", path);
    return ::unlink(path.c_str()) == 0 ? OkStatus() : ErrnoError(errno, "remove " + path);
  }

  Status RemoveTree(const std::string& path) override {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    return error ? ErrnoError(error.value(), "remove " + path) : OkStatus();
  }

  Status MakeDirectories(const std::string& path) override { return MakeAll(path, true); }
  Status MakeDirectoriesVisible(const std::string& path) override { return MakeAll(path, false); }

  Result<std::vector<std::string>> List(const std::string& path) override {
    DIR* folder = ::opendir(path.c_str());
    if (folder == nullptr) return ErrnoError(errno, "open folder " + path);
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(folder)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    ::closedir(folder);
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<FileStat> Stat(const std::string& path) override {
    struct stat st{};
    if (::stat(path.c_str(), &st) != 0) return ErrnoError(errno, "stat " + path);
    FileStat out;
    out.size = static_cast<std::uint64_t>(st.st_size);
    out.mtime_ns = st.st_mtim.tv_sec * 1'000'000'000LL + st.st_mtim.tv_nsec;
    out.inode = st.st_ino;
    out.is_directory = S_ISDIR(st.st_mode);
    return out;
  }

  Result<std::uint64_t> FreeBytes(const std::string& path) override {
    struct statvfs st{};
    if (::statvfs(path.c_str(), &st) != 0) return ErrnoError(errno, "statvfs " + path);
    return static_cast<std::uint64_t>(st.f_bavail) * st.f_frsize;
  }

 private:
  static Status MakeAll(const std::string& path, bool sync) {
    if (path.empty() || path == "/" || path == ".") return OkStatus();
    CrashPoint("mkdir.before", path);
    if (::mkdir(path.c_str(), 0700) != 0) {
      if (errno == EEXIST) return IsDirectory(path);
      if (errno != ENOENT) return ErrnoError(errno, "make folder " + path);
      MLENGINE_RETURN_IF_ERROR(MakeAll(ParentPath(path), sync));
      if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
        return ErrnoError(errno, "make folder " + path);
    }
    return sync ? SyncNames(ParentPath(path)) : OkStatus();
  }

  // A name that no other writer of the same path has.
  static std::string Beside(const std::string& path) {
    static std::atomic<unsigned> counter{0};
    return path + std::string(kBesideMark) + std::to_string(::getpid()) + "-" +
           std::to_string(counter.fetch_add(1));
  }
  static Status WriteSynced(const std::string& path, std::string_view bytes) {
    CrashPoint("create.before", path);
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!fd.ok()) return ErrnoError(errno, "create " + path);
    MLENGINE_RETURN_IF_ERROR(WriteAll(fd.get(), bytes, path));
    CrashPoint("sync.before", path);
    if (::fsync(fd.get()) != 0) return ErrnoError(errno, "sync " + path);
    CrashPoint("sync.after", path);
    return OkStatus();
  }

  static Status IsDirectory(const std::string& path) {
    struct stat st{};
    if (::stat(path.c_str(), &st) != 0) return ErrnoError(errno, "stat " + path);
    return S_ISDIR(st.st_mode) ? OkStatus() : AlreadyExistsError(path + " is a file, not a folder");
  }
};

}  // namespace

FileSystem& RealFileSystem() {
  static PosixFileSystem files;
  return files;
}

void RemoveUnfinishedWrites(FileSystem& files, const std::string& folder, std::string_view prefix) {
  for (const std::string& name : files.List(folder).value_or(std::vector<std::string>())) {
    const std::size_t mark = name.rfind(kBesideMark);
    if (mark == std::string::npos || mark == 0 || !name.starts_with(prefix)) continue;
    const std::string_view number = std::string_view(name).substr(mark + kBesideMark.size());
    if (number.find_first_not_of("0123456789-") != std::string_view::npos) continue;
    static_cast<void>(files.Remove(JoinPath(folder, name)));
  }
}

std::string JoinPath(std::string_view folder, std::string_view name) {
  std::string out(folder);
  if (!out.empty() && out.back() != '/') out += '/';
  out += name;
  return out;
}

std::string ParentPath(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(slash == 0 ? "/" : path.substr(0, slash));
}

}  // namespace mlengine
