#include "objects/bucket_folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/digest.h"
#include "objects/name_escape.h"

namespace mlengine::objects {
namespace {

constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

UniqueFd OpenFolder(int parent, const std::string& name) {
  return UniqueFd(::openat(parent, name.c_str(), kFolderFlags));
}

Status SyncFolder(int fd) {
  // Some file systems cannot sync a folder; they order renames themselves.
  return ::fsync(fd) == 0 || errno == EINVAL ? OkStatus() : ErrnoError(errno, "sync a folder");
}

bool IsFolder(int parent, const std::string& name) {
  struct stat st = {};
  return ::fstatat(parent, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

const std::string kSelf(kSelfLeaf);

}  // namespace

Result<BucketFolder> BucketFolder::Open(int root, const std::string& bucket) {
  UniqueFd fd = OpenFolder(root, bucket);
  if (fd.ok()) return BucketFolder(std::move(fd));
  if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) {
    return NotFoundError("The specified bucket does not exist: " + bucket +
                         ". Make it with: mlengine storage mb gs://" + bucket);
  }
  return ErrnoError(errno, "open the folder of bucket " + bucket);
}

UniqueFd BucketFolder::OpenTemp() const {
  const std::string name(kTempFolder);
  UniqueFd fd = OpenFolder(fd_.get(), name);
  if (!fd.ok() && errno == ENOENT) {
    ::mkdirat(fd_.get(), name.c_str(), 0700);
    fd = OpenFolder(fd_.get(), name);
  }
  return fd;
}

Result<BucketFolder::Place> BucketFolder::Find(const Levels& levels,
                                               const std::string& what) const {
  Place place;
  place.parent.reset(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
  for (std::size_t i = 0; i + 1 < levels.size() && place.parent.ok(); ++i) {
    place.parent = OpenFolder(place.parent.get(), levels[i]);
  }
  if (!place.parent.ok()) {
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return NotFoundError(what);
    return ErrnoError(errno, "open the folder of " + what);
  }
  place.leaf = levels.back();
  MLENGINE_ASSIGN_OR_RETURN(place.file, OpenObjectFile(place.parent.get(), place.leaf, what));
  if (S_ISDIR(place.file.stat.st_mode)) {
    place.parent = std::move(place.file.fd);
    place.leaf = kSelf;
    MLENGINE_ASSIGN_OR_RETURN(place.file, OpenObjectFile(place.parent.get(), kSelf, what));
  }
  if (!S_ISREG(place.file.stat.st_mode)) return NotFoundError(what);
  return place;
}

Result<BucketFolder::Parent> BucketFolder::MakeParent(const Levels& levels) const {
  Parent parent;
  parent.folder.reset(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
  if (!parent.folder.ok()) return ErrnoError(errno, "open a bucket's folder");
  for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
    UniqueFd next = OpenFolder(parent.folder.get(), levels[i]);
    if (!next.ok() && errno == ENOENT) {
      if (::mkdirat(parent.folder.get(), levels[i].c_str(), 0700) != 0 && errno != EEXIST) {
        // The folder above may just have been removed as empty.
        if (errno == ENOENT) return AbortedError("a folder was removed meanwhile");
        return ErrnoError(errno, "make the folder " + levels[i]);
      }
      MLENGINE_RETURN_IF_ERROR(SyncFolder(parent.folder.get()));
      next = OpenFolder(parent.folder.get(), levels[i]);
      if (!next.ok() && errno == ENOENT) return AbortedError("a folder was removed meanwhile");
    }
    if (!next.ok()) {
      struct stat st = {};
      const int error = errno;
      const bool gone =
          ::fstatat(parent.folder.get(), levels[i].c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0;
      // Somebody made a folder of the object, or removed it, since it was opened in vain.
      if (error == ENOTDIR && (gone || S_ISDIR(st.st_mode)))
        return AbortedError("an object became a folder meanwhile");
      if (error == ENOTDIR && S_ISREG(st.st_mode)) {
        parent.blocked = i + 1;
        return parent;
      }
      if (error == ENOTDIR || error == ELOOP) {
        return FailedPreconditionError("\"" + levels[i] +
                                       "\" in the bucket's folder is neither a folder nor an "
                                       "object (a symbolic link?); remove it");
      }
      return ErrnoError(error, "open the folder " + levels[i]);
    }
    parent.folder = std::move(next);
  }
  return parent;
}

Status BucketFolder::TurnIntoFolder(const Levels& levels, std::size_t count) const {
  const Levels object(levels.begin(), levels.begin() + static_cast<std::ptrdiff_t>(count));
  MLENGINE_ASSIGN_OR_RETURN(const Parent parent, MakeParent(object));
  if (parent.blocked > 0) return AbortedError("a folder became an object meanwhile");
  if (IsFolder(parent.folder.get(), object.back())) return OkStatus();
  const UniqueFd temp = OpenTemp();
  if (!temp.ok()) return ErrnoError(errno, "open the bucket's folder for temporary files");
  const std::string name = "join-" + RandomHex(12);
  if (::mkdirat(temp.get(), name.c_str(), 0700) != 0) return ErrnoError(errno, "make a folder");
  Status status;
  {
    const UniqueFd fresh = OpenFolder(temp.get(), name);
    if (!fresh.ok()) {
      status = ErrnoError(errno, "open a folder");
    } else if (::linkat(parent.folder.get(), object.back().c_str(), fresh.get(), kSelf.c_str(),
                        0) != 0) {
      // The object went away, and a folder may have come in its place: nothing is in the way.
      const int error = errno;
      status = error == ENOENT || IsFolder(parent.folder.get(), object.back())
                   ? AbortedError("an object was removed meanwhile")
                   : ErrnoError(error, "link " + object.back());
    } else {
      status = SyncFolder(fresh.get());
    }
    if (status.ok() && ::renameat2(temp.get(), name.c_str(), parent.folder.get(),
                                   object.back().c_str(), RENAME_EXCHANGE) != 0) {
      status = errno == EINVAL || errno == ENOSYS
                   ? FailedPreconditionError(
                         "an object named like a folder is not possible on this file system: \"" +
                         object.back() + "\" is already an object")
                   : ErrnoError(errno, "exchange " + object.back());
    }
    if (!status.ok() && fresh.ok()) ::unlinkat(fresh.get(), kSelf.c_str(), 0);
  }
  if (!status.ok()) {
    ::unlinkat(temp.get(), name.c_str(), AT_REMOVEDIR);
    return status;
  }
  status = SyncFolder(parent.folder.get());
  ::unlinkat(temp.get(), name.c_str(), 0);
  return status;
}

Status BucketFolder::Install(const std::string& temp, const Levels& levels, int parent) const {
  const UniqueFd temp_folder = OpenTemp();
  if (!temp_folder.ok()) return ErrnoError(errno, "open the bucket's folder for temporary files");
  const std::string& leaf = levels.back();
  if (::renameat(temp_folder.get(), temp.c_str(), parent, leaf.c_str()) == 0) {
    return SyncFolder(parent);
  }
  const Status changed = AbortedError("the folder of " + leaf + " changed meanwhile");
  if (errno == ENOENT) return changed;
  if (errno != EISDIR && errno != ENOTEMPTY && errno != EEXIST) {
    return ErrnoError(errno, "rename to " + leaf);
  }
  const UniqueFd folder = OpenFolder(parent, leaf);
  if (!folder.ok()) return changed;
  if (::renameat(temp_folder.get(), temp.c_str(), folder.get(), kSelf.c_str()) != 0) {
    return errno == ENOENT ? changed : ErrnoError(errno, "rename to " + leaf);
  }
  return SyncFolder(folder.get());
}

void BucketFolder::Prune(const Levels& levels) const {
  for (std::size_t count = levels.size(); count > 0; --count) {
    UniqueFd parent(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
    for (std::size_t i = 0; i + 1 < count && parent.ok(); ++i) {
      parent = OpenFolder(parent.get(), levels[i]);
    }
    if (!parent.ok()) continue;
    if (::unlinkat(parent.get(), levels[count - 1].c_str(), AT_REMOVEDIR) == 0) continue;
    // The last level is an object's name; that it is no folder is no reason to stop.
    if (count < levels.size() && errno != ENOENT) return;
  }
}

}  // namespace mlengine::objects
