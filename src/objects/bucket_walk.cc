// BucketFolder::Walk: the names of a bucket in byte order, folder by folder.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "objects/bucket_folder.h"
#include "objects/name_escape.h"
#include "objects/object_names.h"

namespace mlengine::objects {
namespace {

enum class Kind { kFile, kFolder, kOther };

struct Child {
  std::string key;  // what its names begin with, behind the folder's own prefix: "a" or "a/"
  Kind kind;
  Levels levels;  // below the folder; several for a long part
};

struct Entry {
  std::string name;
  Kind kind;
};

Kind KindOf(int folder, const dirent& entry) {
  if (entry.d_type == DT_REG) return Kind::kFile;
  if (entry.d_type == DT_DIR) return Kind::kFolder;
  if (entry.d_type != DT_UNKNOWN) return Kind::kOther;
  struct stat st = {};
  if (::fstatat(folder, entry.d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) return Kind::kOther;
  return S_ISREG(st.st_mode) ? Kind::kFile : S_ISDIR(st.st_mode) ? Kind::kFolder : Kind::kOther;
}

Result<std::vector<Entry>> ReadFolder(int folder) {
  const int copy = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return ErrnoError(errno, "open a folder");
  DIR* stream = ::fdopendir(copy);
  if (stream == nullptr) {
    const int error = errno;
    ::close(copy);
    return ErrnoError(error, "read a folder");
  }
  std::vector<Entry> entries;
  while (const dirent* entry = ::readdir(stream)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") entries.push_back({std::string(name), KindOf(folder, *entry)});
  }
  ::closedir(stream);
  return entries;
}

bool IsOurs(const std::string& name) {
  return name == kTempFolder || name == kMetaFolder || name == kBucketFile;
}

class Walker {
 public:
  Walker(Listing& listing, const BucketFolder::Take& take) : listing_(listing), take_(take) {}

  Status Folder(int folder, const std::string& prefix) {
    std::vector<Child> children;
    MLENGINE_RETURN_IF_ERROR(Children(folder, {}, prefix.empty(), children));
    std::sort(children.begin(), children.end(),
              [](const Child& a, const Child& b) { return a.key < b.key; });
    for (const Child& child : children) {
      if (listing_.stopped()) return OkStatus();
      MLENGINE_RETURN_IF_ERROR(One(folder, prefix + child.key, child));
    }
    return OkStatus();
  }

 private:
  // Adds what is below `above` (levels of a part that goes on; else empty).
  Status Children(int folder, const Levels& above, bool root, std::vector<Child>& out) {
    MLENGINE_ASSIGN_OR_RETURN(const std::vector<Entry> entries, ReadFolder(folder));
    for (const Entry& entry : entries) {
      if (above.empty() && (entry.name == kSelfLeaf || (root && IsOurs(entry.name)))) continue;
      Levels levels = above;
      levels.push_back(entry.name);
      if (entry.kind == Kind::kFolder && entry.name.ends_with(kGoesOn)) {
        const UniqueFd next(
            ::openat(folder, entry.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (next.ok()) MLENGINE_RETURN_IF_ERROR(Children(next.get(), levels, false, out));
        continue;
      }
      const std::optional<std::string> part = UnescapePart(levels);
      if (!part) continue;
      if (entry.kind == Kind::kFile) out.push_back({*part, Kind::kFile, levels});
      if (entry.kind != Kind::kFolder) continue;
      out.push_back({*part + "/", Kind::kFolder, levels});
      // A folder may hold the object of its own name, which sorts before all in it.
      Levels self = levels;
      self.emplace_back(kSelfLeaf);
      out.push_back({*part, Kind::kFile, std::move(self)});
    }
    return OkStatus();
  }

  Status One(int folder, const std::string& name, const Child& child) {
    if (!listing_.MayHold(name)) return OkStatus();
    UniqueFd at(::fcntl(folder, F_DUPFD_CLOEXEC, 0));
    const std::size_t folders = child.levels.size() - (child.kind == Kind::kFile ? 1 : 0);
    for (std::size_t i = 0; i < folders && at.ok(); ++i) {
      at.reset(::openat(at.get(), child.levels[i].c_str(),
                        O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    }
    if (!at.ok()) {
      // Removed since the folder was read, or not ours to read.
      return errno == EMFILE || errno == ENFILE ? ErrnoError(errno, "list a bucket") : OkStatus();
    }
    if (child.kind == Kind::kFolder) return Folder(at.get(), name);
    if (!CheckObjectName(name).ok()) return OkStatus();
    Result<ObjectFile> file = OpenObjectFile(at.get(), child.levels.back(), name);
    if (!file.ok()) {
      return file.status().code() == StatusCode::kResourceExhausted ? file.status() : OkStatus();
    }
    if (!S_ISREG(file->stat.st_mode)) return OkStatus();
    if (listing_.Offer(name) != Listing::Answer::kTake) return OkStatus();
    return take_(name, *std::move(file));
  }

  Listing& listing_;
  const BucketFolder::Take& take_;
};

Result<bool> HoldsFiles(int folder, bool root) {
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<Entry> entries, ReadFolder(folder));
  for (const Entry& entry : entries) {
    if (root && IsOurs(entry.name)) continue;
    if (entry.kind != Kind::kFolder) return true;
    const UniqueFd next(
        ::openat(folder, entry.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next.ok()) return ErrnoError(errno, "open the folder " + entry.name);
    MLENGINE_ASSIGN_OR_RETURN(const bool holds, HoldsFiles(next.get(), false));
    if (holds) return true;
  }
  return false;
}

}  // namespace

Result<bool> BucketFolder::Empty() const {
  MLENGINE_ASSIGN_OR_RETURN(const bool holds, HoldsFiles(fd_.get(), true));
  return !holds;
}

Status BucketFolder::Walk(Listing& listing, const Take& take) const {
  return Walker(listing, take).Folder(fd_.get(), "");
}

}  // namespace mlengine::objects
