#include "objects/file_buckets.h"

#include <fcntl.h>

#include <cerrno>

#include "base/digest.h"
#include "base/file_system.h"
#include "objects/bucket_record.h"
#include "objects/name_escape.h"
#include "objects/object_names.h"

namespace mlengine::objects {
namespace {

// No bucket's name begins with '%'.
constexpr std::string_view kNew = "%new-";
constexpr std::string_view kGone = "%gone-";

}  // namespace

Result<FileBuckets> FileBuckets::Open(const std::string& folder) {
  FileSystem& files = RealFileSystem();
  MLENGINE_RETURN_IF_ERROR(files.MakeDirectories(folder));
  UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.ok()) return ErrnoError(errno, "open " + folder);
  FileBuckets buckets(folder, std::move(fd));
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(folder));
  for (const std::string& name : names) {
    if (name.starts_with(kNew) || name.starts_with(kGone)) {
      MLENGINE_RETURN_IF_ERROR(files.RemoveTree(JoinPath(folder, name)));
    }
    if (!CheckBucketName(name).ok() || !buckets.Folder(name).ok()) continue;
    const std::string temp = JoinPath(JoinPath(folder, name), kTempFolder);
    if (files.Stat(temp).ok()) MLENGINE_RETURN_IF_ERROR(files.RemoveTree(temp));
  }
  return buckets;
}

Result<Bucket> FileBuckets::Create(Bucket bucket, Time now) const {
  MLENGINE_RETURN_IF_ERROR(CheckBucketName(bucket.name));
  if (Folder(bucket.name).ok()) {
    return AlreadyExistsError("The bucket gs://" + bucket.name + " is already there.");
  }
  if (bucket.location.empty()) bucket.location = kDefaultLocation;
  if (bucket.storage_class.empty()) bucket.storage_class = kDefaultStorageClass;
  bucket.created = now;
  bucket.metageneration = 1;
  FileSystem& files = RealFileSystem();
  const std::string fresh = JoinPath(path_, std::string(kNew) + RandomHex(8));
  MLENGINE_RETURN_IF_ERROR(files.MakeDirectories(fresh));
  Status status = files.WriteAtomic(JoinPath(fresh, kBucketFile), EncodeBucket(bucket));
  if (status.ok()) status = files.Rename(fresh, JoinPath(path_, bucket.name));
  if (status.ok()) return bucket;
  static_cast<void>(files.RemoveTree(fresh));
  return std::move(status).WithContext("make bucket gs://" + bucket.name);
}

Result<BucketFolder> FileBuckets::Folder(const std::string& name) const {
  MLENGINE_RETURN_IF_ERROR(CheckBucketName(name));
  return BucketFolder::Open(fd_.get(), name);
}

Result<Bucket> FileBuckets::Get(const std::string& name) const {
  MLENGINE_ASSIGN_OR_RETURN(const BucketFolder folder, Folder(name));
  const std::string path = JoinPath(path_, name);
  Bucket bucket;
  const Result<std::string> text = RealFileSystem().Read(JoinPath(path, kBucketFile), 64U << 10);
  if (text.ok()) {
    MLENGINE_ASSIGN_OR_RETURN(bucket, DecodeBucket(*text));
  } else if (text.status().code() == StatusCode::kNotFound) {
    // A folder that a user made.
    MLENGINE_ASSIGN_OR_RETURN(const FileStat stat, RealFileSystem().Stat(path));
    bucket.location = kDefaultLocation;
    bucket.storage_class = kDefaultStorageClass;
    bucket.created = FromUnixNanos(stat.mtime_ns);
  } else {
    return text.status();
  }
  bucket.name = name;
  return bucket;
}

Result<std::vector<Bucket>> FileBuckets::List(const std::string& project) const {
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<std::string> names, RealFileSystem().List(path_));
  std::vector<Bucket> buckets;
  for (const std::string& name : names) {
    if (!CheckBucketName(name).ok()) continue;
    Result<Bucket> bucket = Get(name);
    if (!bucket.ok() && bucket.status().code() == StatusCode::kNotFound) continue;
    if (!bucket.ok()) return bucket.status();
    if (project.empty() || bucket->project.empty() || bucket->project == project) {
      buckets.push_back(*std::move(bucket));
    }
  }
  return buckets;
}

Status FileBuckets::Delete(const std::string& name) const {
  MLENGINE_ASSIGN_OR_RETURN(const BucketFolder folder, Folder(name));
  MLENGINE_ASSIGN_OR_RETURN(const bool empty, folder.Empty());
  if (!empty) {
    return FailedPreconditionError("The bucket gs://" + name +
                                   " is not empty; remove its objects first.");
  }
  FileSystem& files = RealFileSystem();
  const std::string gone = JoinPath(path_, std::string(kGone) + RandomHex(8));
  MLENGINE_RETURN_IF_ERROR(files.Rename(JoinPath(path_, name), gone));
  return files.RemoveTree(gone);
}

}  // namespace mlengine::objects
