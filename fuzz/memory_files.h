// MemoryFiles: a FileSystem that lives in memory, for what is read from fuzzed bytes. Folders exist
// where a file lies beneath them. One thread.
#pragma once

#include <map>
#include <string>

#include "base/file_system.h"

namespace mlengine::fuzz {

class MemoryFiles final : public FileSystem {
 public:
  std::map<std::string, std::string> files;

  Result<std::string> Read(const std::string& path, std::uint64_t limit) override;
  Result<std::string> ReadAt(const std::string& path, std::uint64_t offset,
                             std::uint64_t count) override;
  void BeginSync(const std::string&, std::uint64_t, std::uint64_t) override {}
  Status WriteAtomic(const std::string& path, std::string_view bytes) override;
  Status ReplaceVisible(const std::string& path, std::string_view bytes) override;
  Status CreateExclusive(const std::string& path, std::string_view bytes) override;
  Result<std::unique_ptr<AppendFile>> OpenAppend(
      const std::string& path, std::optional<std::uint64_t> truncate_to = {}) override;
  Status SyncFolder(const std::string&) override { return OkStatus(); }
  Status Rename(const std::string& from, const std::string& to) override;
  Status RenameVisible(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status RemoveTree(const std::string& path) override;
  Status MakeDirectories(const std::string&) override { return OkStatus(); }
  Status MakeDirectoriesVisible(const std::string&) override { return OkStatus(); }
  Result<std::vector<std::string>> List(const std::string& path) override;
  Result<FileStat> Stat(const std::string& path) override;
  Result<std::uint64_t> FreeBytes(const std::string&) override { return 1ULL << 40; }
};

}  // namespace mlengine::fuzz
