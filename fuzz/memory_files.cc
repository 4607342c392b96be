#include "memory_files.h"

#include <algorithm>
#include <set>

namespace mlengine::fuzz {
namespace {

Status Missing(const std::string& path) {
  return NotFoundError("open " + path + ": no such file");
}

class Appending final : public AppendFile {
 public:
  explicit Appending(std::string& bytes) : bytes_(bytes) {}
  Status Append(std::string_view bytes) override {
    bytes_ += bytes;
    return OkStatus();
  }
  Status Sync() override { return OkStatus(); }
  std::uint64_t offset() const override { return bytes_.size(); }

 private:
  std::string& bytes_;
};

}  // namespace

Result<std::string> MemoryFiles::Read(const std::string& path, std::uint64_t limit) {
  const auto file = files.find(path);
  if (file == files.end()) return Missing(path);
  if (file->second.size() > limit) return OutOfRangeError(path + " is too long");
  return file->second;
}

Result<std::string> MemoryFiles::ReadAt(const std::string& path, std::uint64_t offset,
                                        std::uint64_t count) {
  const auto file = files.find(path);
  if (file == files.end()) return Missing(path);
  if (offset > INT64_MAX) return InvalidArgumentError("read " + path + ": invalid argument");
  if (offset >= file->second.size()) return std::string();
  return file->second.substr(offset, count);
}

Status MemoryFiles::WriteAtomic(const std::string& path, std::string_view bytes) {
  files[path] = std::string(bytes);
  return OkStatus();
}

Status MemoryFiles::ReplaceVisible(const std::string& path, std::string_view bytes) {
  return WriteAtomic(path, bytes);
}

Status MemoryFiles::CreateExclusive(const std::string& path, std::string_view bytes) {
  if (files.contains(path)) return AlreadyExistsError("create " + path + ": file exists");
  return WriteAtomic(path, bytes);
}

Result<std::unique_ptr<AppendFile>> MemoryFiles::OpenAppend(
    const std::string& path, std::optional<std::uint64_t> truncate_to) {
  std::string& bytes = files[path];
  if (truncate_to) bytes.resize(std::min<std::uint64_t>(bytes.size(), *truncate_to));
  return std::unique_ptr<AppendFile>(std::make_unique<Appending>(bytes));
}

Status MemoryFiles::Rename(const std::string& from, const std::string& to) {
  auto file = files.extract(from);
  if (file.empty()) return Missing(from);
  files[to] = std::move(file.mapped());
  return OkStatus();
}

Status MemoryFiles::RenameVisible(const std::string& from, const std::string& to) {
  return Rename(from, to);
}

Status MemoryFiles::Remove(const std::string& path) {
  return files.erase(path) > 0 ? OkStatus() : Missing(path);
}

Status MemoryFiles::RemoveTree(const std::string& path) {
  std::erase_if(files, [&](const auto& file) {
    return file.first == path || file.first.starts_with(path + "/");
  });
  return OkStatus();
}

Result<std::vector<std::string>> MemoryFiles::List(const std::string& path) {
  std::set<std::string> names;
  for (const auto& [name, bytes] : files) {
    if (!name.starts_with(path + "/")) continue;
    const std::string rest = name.substr(path.size() + 1);
    names.insert(rest.substr(0, rest.find('/')));
  }
  if (names.empty()) return Missing(path);
  return std::vector<std::string>(names.begin(), names.end());
}

Result<FileStat> MemoryFiles::Stat(const std::string& path) {
  FileStat stat;
  if (const auto file = files.find(path); file != files.end()) {
    stat.size = file->second.size();
    return stat;
  }
  if (!List(path).ok()) return Missing(path);
  stat.is_directory = true;
  return stat;
}

}  // namespace mlengine::fuzz
