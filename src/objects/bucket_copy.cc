#include "objects/bucket_copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <functional>
#include <optional>
#include <utility>

#include "base/file_system.h"
#include "base/unique_fd.h"
#include "objects/bucket_folder.h"
#include "objects/bucket_record.h"
#include "objects/listing.h"
#include "objects/name_escape.h"
#include "objects/object_file.h"
#include "objects/object_names.h"
#include "objects/temp_object.h"

namespace mlengine::objects {
namespace {

constexpr int kTries = 8;  // at a place that turns into a folder

Result<BucketFolder> OpenIn(const std::string& root, const std::string& bucket) {
  const UniqueFd fd(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.ok()) return ErrnoError(errno, "open " + root);
  return BucketFolder::Open(fd.get(), bucket);
}

Status ForEachObject(const BucketFolder& folder, const BucketFolder::Take& take) {
  MLENGINE_ASSIGN_OR_RETURN(Listing listing,
                            Listing::Start({.with_hashes = false, .max_results = INT_MAX}));
  return folder.Walk(listing, take);
}

Status PutInPlace(TempObject& temp, const Levels& levels) {
  const BucketFolder& to = temp.folder();
  Status status;
  for (int i = 0; i < kTries; ++i) {
    MLENGINE_ASSIGN_OR_RETURN(const BucketFolder::Parent parent, to.MakeParent(levels));
    if (parent.blocked > 0) {
      MLENGINE_RETURN_IF_ERROR(to.TurnIntoFolder(levels, parent.blocked));
      continue;
    }
    status = to.Install(temp.name(), levels, parent.folder.get());
    if (status.ok()) temp.Installed();
    if (status.code() != StatusCode::kAborted) return status;
  }
  return status.ok() ? AbortedError("an object's place changes all the time") : status;
}

// The record says of which time its file is: the copy gets the same.
Status CopyObject(const BucketFolder& from, const ObjectFile& file, const std::string& root,
                  const std::string& bucket, const std::string& name) {
  MLENGINE_ASSIGN_OR_RETURN(BucketFolder to, OpenIn(root, bucket));
  MLENGINE_ASSIGN_OR_RETURN(TempObject temp, TempObject::Create(std::move(to)));
  MLENGINE_RETURN_IF_ERROR(temp.AppendFile(file));
  {
    MLENGINE_ASSIGN_OR_RETURN(const ObjectFile made, temp.File());
    const timespec times[2] = {file.stat.st_atim, file.stat.st_mtim};
    if (::futimens(made.fd.get(), times) != 0) return ErrnoError(errno, "set an object's time");
  }
  if (const std::optional<ObjectRecord> record = ReadRecord(from.fd(), file)) {
    MLENGINE_ASSIGN_OR_RETURN(const ObjectFile made, temp.File());
    MLENGINE_RETURN_IF_ERROR(WriteRecord(temp.folder().fd(), made, *record));
  }
  return PutInPlace(temp, EscapeName(name));
}

std::string Digest(const ObjectFile& file, const ObjectRecord& record) {
  ObjectRecord fresh = record;
  if (const Status read = HashFile(file, fresh); !read.ok())
    return "cannot be read: " + read.message();
  if (record.crc32c && fresh.crc32c != record.crc32c)
    return "its bytes are not those that were uploaded (CRC-32C differs)";
  if (!record.md5.empty() && fresh.md5 != record.md5)
    return "its bytes are not those that were uploaded (MD5 differs)";
  return "";
}

}  // namespace

Result<std::vector<std::string>> BucketNames(const std::string& root) {
  MLENGINE_ASSIGN_OR_RETURN(std::vector<std::string> names, RealFileSystem().List(root));
  std::erase_if(names, [&root](const std::string& name) {
    const Result<FileStat> stat = RealFileSystem().Stat(JoinPath(root, name));
    return name.starts_with('%') || !stat.ok() || !stat->is_directory;
  });
  return names;
}

Result<BucketCopy> CopyBucket(const std::string& root, const std::string& bucket,
                              const std::string& to_root) {
  MLENGINE_ASSIGN_OR_RETURN(const BucketFolder from, OpenIn(root, bucket));
  FileSystem& files = RealFileSystem();
  const std::string to = JoinPath(to_root, bucket);
  MLENGINE_RETURN_IF_ERROR(files.MakeDirectories(to));
  const Result<std::string> own = files.Read(JoinPath(JoinPath(root, bucket), kBucketFile));
  // A folder that somebody put there has none.
  if (own.ok()) MLENGINE_RETURN_IF_ERROR(files.WriteAtomic(JoinPath(to, kBucketFile), *own));
  BucketCopy copy;
  MLENGINE_RETURN_IF_ERROR(
      ForEachObject(from, [&](const std::string& name, ObjectFile file) -> Status {
        ++copy.objects;
        copy.bytes += FileSize(file.stat);
        return CopyObject(from, file, to_root, bucket, name);
      }));
  return copy;
}

Status FindObject(const std::string& root, const std::string& bucket, const std::string& name) {
  MLENGINE_RETURN_IF_ERROR(CheckBucketName(bucket));
  MLENGINE_RETURN_IF_ERROR(CheckObjectName(name));
  MLENGINE_ASSIGN_OR_RETURN(const BucketFolder folder, OpenIn(root, bucket));
  return folder.Find(EscapeName(name), "no object gs://" + bucket + "/" + name).status();
}

Result<BucketReport> CheckBucket(const std::string& root, const std::string& bucket, bool digests,
                                 bool live) {
  MLENGINE_ASSIGN_OR_RETURN(const BucketFolder folder, OpenIn(root, bucket));
  FileSystem& files = RealFileSystem();
  const std::string path = JoinPath(root, bucket);
  BucketReport report;
  const Result<std::string> own = files.Read(JoinPath(path, kBucketFile));
  if (own.ok()) {
    if (const auto record = DecodeBucket(*own); !record.ok())
      report.faults.push_back({record.status().message(), JoinPath(path, kBucketFile)});
  }
  MLENGINE_RETURN_IF_ERROR(
      ForEachObject(folder, [&](const std::string& name, ObjectFile file) -> Status {
        ++report.objects;
        report.bytes += FileSize(file.stat);
        const std::optional<ObjectRecord> record = ReadRecord(folder.fd(), file);
        const bool fits = record && record->size == FileSize(file.stat) &&
                          record->mtime_ns == FileTimeNanos(file.stat);
        // Another file than the record's was put there by somebody: a new generation, no fault.
        if (!digests || !fits) return OkStatus();
        if (std::string fault = Digest(file, *record); !fault.empty())
          report.faults.push_back({std::move(fault), "gs://" + bucket + "/" + name});
        return OkStatus();
      }));
  if (live) return report;
  for (const std::string& name :
       files.List(JoinPath(path, kTempFolder)).value_or(std::vector<std::string>{})) {
    report.faults.push_back(
        {"an upload that a crash cut short", JoinPath(JoinPath(path, kTempFolder), name), true});
  }
  return report;
}

}  // namespace mlengine::objects
