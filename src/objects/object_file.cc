#include "objects/object_file.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <vector>

#include "base/digest.h"
#include "objects/name_escape.h"

namespace mlengine::objects {
namespace {

constexpr const char* kXattr = "user.mlengine";
constexpr std::size_t kPiece = 1U << 20;
constexpr std::size_t kLargestRecord = 1U << 20;

std::atomic<bool> no_xattrs{false};

std::string MetaName(const struct stat& stat) {
  char name[32];
  std::snprintf(name, sizeof(name), "%016llx", static_cast<unsigned long long>(stat.st_ino));
  return name;
}

UniqueFd OpenMeta(int bucket) {
  return UniqueFd(::openat(bucket, std::string(kMetaFolder).c_str(),
                           O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

Result<std::string> ReadAll(int fd, std::size_t limit) {
  std::string text;
  while (text.size() <= limit) {
    const std::size_t have = text.size();
    text.resize(have + 4096);
    const ssize_t n = ::pread(fd, text.data() + have, 4096, static_cast<off_t>(have));
    if (n < 0 && errno != EINTR) return ErrnoError(errno, "read an object's metadata");
    text.resize(have + static_cast<std::size_t>(n < 0 ? 0 : n));
    if (n == 0) return text;
  }
  return DataLossError("an object's metadata is too long");
}

Status WriteMetaFile(int bucket, const struct stat& stat, const std::string& text) {
  if (::mkdirat(bucket, std::string(kMetaFolder).c_str(), 0700) == 0) ::fsync(bucket);
  const UniqueFd folder = OpenMeta(bucket);
  if (!folder.ok()) return ErrnoError(errno, "open the bucket's folder of metadata");
  const std::string name = MetaName(stat);
  const std::string beside = name + "-" + RandomHex(8);
  const UniqueFd fd(::openat(folder.get(), beside.c_str(),
                             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.ok()) return ErrnoError(errno, "store an object's metadata");
  const ssize_t n = ::write(fd.get(), text.data(), text.size());
  int error = n < 0 ? errno : n != static_cast<ssize_t>(text.size()) ? ENOSPC : 0;
  if (error == 0 && ::fsync(fd.get()) != 0) error = errno;
  if (error == 0 && ::renameat(folder.get(), beside.c_str(), folder.get(), name.c_str()) != 0) {
    error = errno;
  }
  if (error != 0) {
    ::unlinkat(folder.get(), beside.c_str(), 0);
    return ErrnoError(error, "store an object's metadata");
  }
  return ::fsync(folder.get()) == 0 ? OkStatus() : ErrnoError(errno, "sync an object's metadata");
}

bool CannotHold(int error) {
  return error == ENOTSUP || error == E2BIG || error == ENOSPC || error == ERANGE ||
         error == EPERM || error == EACCES;
}

}  // namespace

void PretendNoXattrs(bool pretend) {
  no_xattrs = pretend;
}

Result<ObjectFile> OpenObjectFile(int parent, const std::string& leaf, const std::string& what) {
  ObjectFile file;
  // O_NONBLOCK: a pipe that somebody put here must not hold us.
  file.fd.reset(
      ::openat(parent, leaf.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file.fd.ok()) {
    if (errno == ELOOP || errno == ENXIO || errno == ENOTDIR) return NotFoundError(what);
    if (errno == ENOENT) return NotFoundError(what);
    return ErrnoError(errno, "open " + what);
  }
  if (::fstat(file.fd.get(), &file.stat) != 0) return ErrnoError(errno, "stat " + what);
  return file;
}

std::uint64_t FileSize(const struct stat& stat) {
  return static_cast<std::uint64_t>(stat.st_size);
}
std::int64_t FileTimeNanos(const struct stat& stat) {
  return stat.st_mtim.tv_sec * 1'000'000'000LL + stat.st_mtim.tv_nsec;
}

std::optional<ObjectRecord> ReadRecord(int bucket, const ObjectFile& file) {
  if (!no_xattrs) {
    std::string text(8192, '\0');
    ssize_t n = ::fgetxattr(file.fd.get(), kXattr, text.data(), text.size());
    if (n < 0 && errno == ERANGE) {
      text.resize(64U << 10);  // the largest that Linux knows
      n = ::fgetxattr(file.fd.get(), kXattr, text.data(), text.size());
    }
    if (n >= 0) {
      text.resize(static_cast<std::size_t>(n));
      Result<ObjectRecord> record = DecodeRecord(text);
      if (record.ok()) return *std::move(record);
    }
  }
  const UniqueFd folder = OpenMeta(bucket);
  if (!folder.ok()) return std::nullopt;
  const UniqueFd fd(
      ::openat(folder.get(), MetaName(file.stat).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.ok()) return std::nullopt;
  const Result<std::string> text = ReadAll(fd.get(), kLargestRecord);
  if (!text.ok()) return std::nullopt;
  Result<ObjectRecord> record = DecodeRecord(*text);
  // Inodes are used again: a record of another file must not be taken for this one's.
  if (!record.ok() || record->size != FileSize(file.stat) ||
      record->mtime_ns != FileTimeNanos(file.stat)) {
    return std::nullopt;
  }
  return *std::move(record);
}

Status WriteRecord(int bucket, const ObjectFile& file, const ObjectRecord& record) {
  const std::string text = EncodeRecord(record);
  if (text.size() > kLargestRecord) {
    return InvalidArgumentError("an object's metadata may have at most 1 MiB");
  }
  int error = ENOTSUP;
  if (!no_xattrs) {
    error = ::fsetxattr(file.fd.get(), kXattr, text.data(), text.size(), 0) == 0 ? 0 : errno;
  }
  if (error == 0) {
    ForgetRecord(bucket, file);
    return OkStatus();
  }
  if (!CannotHold(error)) return ErrnoError(error, "store an object's metadata");
  // The xattr is looked at first, so the file in %meta counts only once an old xattr is gone.
  MLENGINE_RETURN_IF_ERROR(WriteMetaFile(bucket, file.stat, text));
  if (!no_xattrs) ::fremovexattr(file.fd.get(), kXattr);
  return OkStatus();
}

void ForgetRecord(int bucket, const ObjectFile& file) {
  const UniqueFd folder = OpenMeta(bucket);
  if (folder.ok()) ::unlinkat(folder.get(), MetaName(file.stat).c_str(), 0);
}

Status HashFile(const ObjectFile& file, ObjectRecord& record) {
  Hasher md5(Hasher::Kind::kMd5);
  std::uint32_t crc = 0;
  std::vector<char> piece(kPiece);
  std::uint64_t done = 0;
  while (true) {
    const ssize_t n = ::pread(file.fd.get(), piece.data(), piece.size(), static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoError(errno, "read an object");
    if (n == 0) break;
    const std::string_view bytes(piece.data(), static_cast<std::size_t>(n));
    md5.Update(bytes);
    crc = ExtendCrc32c(crc, bytes);
    done += bytes.size();
  }
  struct stat now = {};
  if (::fstat(file.fd.get(), &now) != 0) return ErrnoError(errno, "stat an object");
  if (done != record.size || FileTimeNanos(now) != record.mtime_ns) {
    return AbortedError("an object's file was changed while it was read; ask again");
  }
  record.md5 = md5.Finish();
  record.crc32c = crc;
  return OkStatus();
}

}  // namespace mlengine::objects
