// FileSystem: every durable write of the house goes through it, so that tests can fill the disk or
// cut the power. The real one is RealFileSystem(); all methods may be called from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mlengine {

// An open file that only grows. Closing (destruction) does not sync.
class AppendFile {
 public:
  virtual ~AppendFile() = default;
  // Writes all of `bytes` at the end, or fails having written a prefix; `offset()` tells how much
  // is there.
  virtual Status Append(std::string_view bytes) = 0;
  // The bytes, and the name of a file that was made for them, are on the disk when this returns OK.
  virtual Status Sync() = 0;
  // Current length in bytes.
  virtual std::uint64_t offset() const = 0;
};

struct FileStat {
  std::uint64_t size = 0;     // bytes
  std::int64_t mtime_ns = 0;  // since 1970
  std::uint64_t inode = 0;
  bool is_directory = false;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // The whole file. NOT_FOUND, or OUT_OF_RANGE when it is longer than `limit` bytes.
  virtual Result<std::string> Read(const std::string& path, std::uint64_t limit = 64U << 20) = 0;
  // At most `count` bytes from `offset`; fewer only at the end of the file.
  virtual Result<std::string> ReadAt(const std::string& path, std::uint64_t offset,
                                     std::uint64_t count) = 0;

  // Replaces the file as one step: written beside, synced, renamed, folder synced. Readers see the
  // old or the new.
  virtual Status WriteAtomic(const std::string& path, std::string_view bytes) = 0;
  // The same for those who read now, but not brought to the disk: a power cut may leave the old,
  // the new or an empty file. For what is worth nothing after a reboot.
  virtual Status ReplaceVisible(const std::string& path, std::string_view bytes) = 0;
  // Makes the file with O_EXCL and writes it. ALREADY_EXISTS when it is there: whoever gets OK is
  // the only one, across processes, until the machine stops: it is not brought to the disk.
  virtual Status CreateExclusive(const std::string& path, std::string_view bytes) = 0;
  // Opens for appending; made when missing. With `truncate_to` the file is first cut to that
  // length.
  virtual Result<std::unique_ptr<AppendFile>> OpenAppend(
      const std::string& path, std::optional<std::uint64_t> truncate_to = {}) = 0;

  // Has the disk begin with bytes that were written to the file, so that its next sync has less to
  // wait for. It promises nothing, and may wait for a disk that is busy.
  virtual void BeginSync(const std::string& path, std::uint64_t offset, std::uint64_t count) = 0;
  // The names in the folder are on the disk when this returns OK; the folder's own name is its
  // parent's matter.
  virtual Status SyncFolder(const std::string& path) = 0;
  virtual Status Rename(const std::string& from, const std::string& to) = 0;  // synced folder
  // Not brought to the disk, as ReplaceVisible.
  virtual Status RenameVisible(const std::string& from, const std::string& to) = 0;
  virtual Status Remove(const std::string& path) = 0;           // a file; NOT_FOUND when absent
  virtual Status RemoveTree(const std::string& path) = 0;       // OK when absent
  virtual Status MakeDirectories(const std::string& path) = 0;  // each new level synced
  // Not brought to the disk, as ReplaceVisible.
  virtual Status MakeDirectoriesVisible(const std::string& path) = 0;
  // Names in a folder, without "." and "..", sorted.
  virtual Result<std::vector<std::string>> List(const std::string& path) = 0;
  virtual Result<FileStat> Stat(const std::string& path) = 0;
  // Bytes that an unprivileged writer may still use on the file system that holds `path`.
  virtual Result<std::uint64_t> FreeBytes(const std::string& path) = 0;
};

// The machine's files. The object lives for the whole process.
FileSystem& RealFileSystem();

// Removes from `folder` what WriteAtomic and ReplaceVisible left beside files whose name begins
// with `prefix` when their process died. Only where no other process writes these files now. A
// folder that is not there holds none.
void RemoveUnfinishedWrites(FileSystem& files, const std::string& folder,
                            std::string_view prefix = {});

// "a/b" from "a" and "b"; an absolute `name` is not special.
std::string JoinPath(std::string_view folder, std::string_view name);
// "/a/b" of "/a/b/c"; "." when there is no slash.
std::string ParentPath(std::string_view path);

}  // namespace mlengine
