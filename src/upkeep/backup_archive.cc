#include "upkeep/backup_archive.h"

#include <chrono>
#include <utility>
#include <vector>

#include "base/file_system.h"
#include "base/process.h"
#include "objects/bucket_copy.h"

namespace mlengine::upkeep {
namespace {

Status RunTar(std::vector<std::string> words) {
  words.insert(words.begin(), {"tar", "--xattrs", "--xattrs-include=user.*"});
  ProcessSpec spec;
  spec.words = std::move(words);
  const Result<ProcessOutput> done = RunProcess(std::move(spec), std::chrono::hours(24));
  if (!done.ok()) return Status(done.status()).WithContext("run tar");
  if (done->end.ok()) return OkStatus();
  const bool full = done->tail.find("No space left") != std::string::npos;
  const std::string what = "tar " + Describe(done->end) + ": " + done->tail;
  return full ? ResourceExhaustedError(what) : InternalError(what);
}

}  // namespace

bool IsArchiveName(const std::string& path) {
  return path.ends_with(".tar");
}

Status PackBackup(const std::string& folder, const std::string& file) {
  FileSystem& files = RealFileSystem();
  if (files.Stat(file).ok()) return AlreadyExistsError(file + " is there already");
  const std::string buckets = JoinPath(folder, "buckets");
  for (const std::string& bucket :
       objects::BucketNames(buckets).value_or(std::vector<std::string>{})) {
    if (files.Stat(JoinPath(JoinPath(buckets, bucket), "%meta")).ok()) {
      return FailedPreconditionError(
          "the file system of " + file +
          " has no extended attributes, or too small ones, for the metadata of objects; make the "
          "backup as a folder");
    }
  }
  const std::string partial = file + ".partial";
  static_cast<void>(files.Remove(partial));
  // POSIX: times to the nanosecond, by which an object's record knows its file.
  Status status = RunTar({"--create", "--format=posix", "--file", partial, "--directory", folder,
                          "--exclude=%tmp", "."});
  if (status.ok()) {
    const auto made = files.OpenAppend(partial);
    status = made.ok() ? (*made)->Sync() : made.status();
  }
  if (status.ok()) status = files.Rename(partial, file);
  if (!status.ok()) static_cast<void>(files.Remove(partial));
  return status;
}

Status UnpackBackup(const std::string& file, const std::string& folder) {
  FileSystem& files = RealFileSystem();
  MLENGINE_RETURN_IF_ERROR(files.Stat(file).status());
  MLENGINE_RETURN_IF_ERROR(files.MakeDirectories(folder));
  return RunTar({"--extract", "--no-same-owner", "--file", file, "--directory", folder});
}

}  // namespace mlengine::upkeep
