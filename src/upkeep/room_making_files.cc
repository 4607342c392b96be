#include "upkeep/room_making_files.h"

#include <utility>

namespace mlengine::upkeep {
namespace {

class RoomMakingAppend final : public AppendFile {
 public:
  RoomMakingAppend(std::unique_ptr<AppendFile> inner, const std::function<bool()>& make_room)
      : inner_(std::move(inner)), make_room_(make_room) {}

  Status Append(std::string_view bytes) override {
    const std::uint64_t end = inner_->offset() + bytes.size();
    Status status = inner_->Append(bytes);
    while (status.code() == StatusCode::kResourceExhausted && make_room_()) {
      // The part that is there already stays.
      status = inner_->Append(bytes.substr(bytes.size() - (end - inner_->offset())));
    }
    return status;
  }
  Status Sync() override {
    Status status = inner_->Sync();
    while (status.code() == StatusCode::kResourceExhausted && make_room_()) status = inner_->Sync();
    return status;
  }
  std::uint64_t offset() const override { return inner_->offset(); }

 private:
  std::unique_ptr<AppendFile> inner_;
  const std::function<bool()> make_room_;
};

class RoomMakingFiles final : public FileSystem {
 public:
  RoomMakingFiles(FileSystem& inner, std::function<bool()> make_room)
      : inner_(inner), make_room_(std::move(make_room)) {}

  Result<std::string> Read(const std::string& path, std::uint64_t limit) override {
    return inner_.Read(path, limit);
  }
  Result<std::string> ReadAt(const std::string& path, std::uint64_t offset,
                             std::uint64_t count) override {
    return inner_.ReadAt(path, offset, count);
  }
  void BeginSync(const std::string& path, std::uint64_t offset, std::uint64_t count) override {
    inner_.BeginSync(path, offset, count);
  }
  Status WriteAtomic(const std::string& path, std::string_view bytes) override {
    return WithRoom([&] { return inner_.WriteAtomic(path, bytes); });
  }
  Status ReplaceVisible(const std::string& path, std::string_view bytes) override {
    return WithRoom([&] { return inner_.ReplaceVisible(path, bytes); });
  }
  Status CreateExclusive(const std::string& path, std::string_view bytes) override {
    return inner_.CreateExclusive(path, bytes);
  }
  Result<std::unique_ptr<AppendFile>> OpenAppend(
      const std::string& path, std::optional<std::uint64_t> truncate_to) override {
    std::unique_ptr<AppendFile> file;
    MLENGINE_RETURN_IF_ERROR(WithRoom([&]() -> Status {
      MLENGINE_ASSIGN_OR_RETURN(file, inner_.OpenAppend(path, truncate_to));
      return OkStatus();
    }));
    return std::unique_ptr<AppendFile>(
        std::make_unique<RoomMakingAppend>(std::move(file), make_room_));
  }
  Status SyncFolder(const std::string& path) override { return inner_.SyncFolder(path); }
  Status Rename(const std::string& from, const std::string& to) override {
    return WithRoom([&] { return inner_.Rename(from, to); });
  }
  Status RenameVisible(const std::string& from, const std::string& to) override {
    return WithRoom([&] { return inner_.RenameVisible(from, to); });
  }
  Status Remove(const std::string& path) override { return inner_.Remove(path); }
  Status RemoveTree(const std::string& path) override { return inner_.RemoveTree(path); }
  Status MakeDirectories(const std::string& path) override {
    return WithRoom([&] { return inner_.MakeDirectories(path); });
  }
  Status MakeDirectoriesVisible(const std::string& path) override {
    return WithRoom([&] { return inner_.MakeDirectoriesVisible(path); });
  }
  Result<std::vector<std::string>> List(const std::string& path) override {
    return inner_.List(path);
  }
  Result<FileStat> Stat(const std::string& path) override { return inner_.Stat(path); }
  Result<std::uint64_t> FreeBytes(const std::string& path) override {
    return inner_.FreeBytes(path);
  }

 private:
  Status WithRoom(const auto& write) {
    Status status = write();
    while (status.code() == StatusCode::kResourceExhausted && make_room_()) status = write();
    return status;
  }

  FileSystem& inner_;
  const std::function<bool()> make_room_;
};

}  // namespace

std::unique_ptr<FileSystem> NewRoomMakingFiles(FileSystem& inner, std::function<bool()> make_room) {
  return std::make_unique<RoomMakingFiles>(inner, std::move(make_room));
}

}  // namespace mlengine::upkeep
