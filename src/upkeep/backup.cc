#include "upkeep/backup.h"

#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <utility>

#include "base/file_system.h"
#include "logs/log_check.h"
#include "model/replica_folder.h"
#include "objects/bucket_copy.h"
#include "store/job_store_file.h"
#include "upkeep/backup_archive.h"
#include "upkeep/job_check.h"
#include "upkeep/tree_copy.h"
#include "wire/codec/strict_json.h"

namespace mlengine::upkeep {
namespace {

namespace json = boost::json;

constexpr int kVersion = 1;
constexpr std::string_view kManifest = "backup.json";

bool IsFolder(const std::string& path) {
  const Result<FileStat> stat = RealFileSystem().Stat(path);
  return stat.ok() && stat->is_directory;
}

bool IsMissing(const Status& status) {
  return status.code() == StatusCode::kNotFound;
}

// NOT_FOUND is what is wanted: a place for a new folder. An empty folder is removed.
Status MakeWay(const std::string& target) {
  FileSystem& files = RealFileSystem();
  const Result<std::vector<std::string>> names = files.List(target);
  if (!names.ok() && IsMissing(names.status())) return files.MakeDirectories(ParentPath(target));
  if (!names.ok()) return names.status();
  if (!names->empty()) {
    return FailedPreconditionError(target + " is not empty; name a folder that is not there yet");
  }
  return ::rmdir(target.c_str()) == 0 ? OkStatus() : ErrnoError(errno, "replace " + target);
}

// One backup being made.
class Maker {
 public:
  Maker(const BackupOptions& options, std::string partial)
      : options_(options), partial_(std::move(partial)) {}

  Status Copy(const Clock& clock);
  BackupReport report;

 private:
  Status CopyJob(const store::StoredJob& job);
  Status CopyLog(const logs::JobRef& job);
  Status CutLog(const logs::JobRef& job);
  Status CopyReplica(const std::string& relative, bool finished);
  Status CopyBuckets();
  // A file, relative to the data folder, where it is there.
  Status CopyOptional(const std::string& relative, std::optional<std::uint64_t> limit = {});
  std::string Manifest(const Clock& clock) const;

  const BackupOptions& options_;
  const std::string partial_;
};

Status Maker::CopyOptional(const std::string& relative, std::optional<std::uint64_t> limit) {
  const std::string to = JoinPath(partial_, relative);
  MLENGINE_RETURN_IF_ERROR(RealFileSystem().MakeDirectoriesVisible(ParentPath(to)));
  const Result<bool> whole = CopyFile(JoinPath(options_.data_folder, relative), to, limit);
  if (!whole.ok()) return IsMissing(whole.status()) ? OkStatus() : whole.status();
  if (!*whole) report.shortened.push_back(relative);
  return OkStatus();
}

// The store first: whatever it tells of is on the disk by then. Of a log the index comes before
// what it points to, which only grows.
Status Maker::Copy(const Clock& clock) {
  FileSystem& files = RealFileSystem();
  MLENGINE_RETURN_IF_ERROR(files.MakeDirectories(partial_));
  const std::string state = JoinPath(partial_, "state.db");
  MLENGINE_RETURN_IF_ERROR(store::CopyJobStore(JoinPath(options_.data_folder, "state.db"), state));
  for (const char* name : {"quotas.json", "mlengine.yaml", "runtimes/catalog.yaml"})
    MLENGINE_RETURN_IF_ERROR(CopyOptional(name));
  MLENGINE_RETURN_IF_ERROR(
      store::ForEachJob(state, [this](const store::StoredJob& job) { return CopyJob(job); }));
  const Status models =
      CopyTree(JoinPath(options_.data_folder, "models"), JoinPath(partial_, "models"));
  if (!models.ok() && !IsMissing(models)) return models;
  if (options_.with_buckets) MLENGINE_RETURN_IF_ERROR(CopyBuckets());
  MLENGINE_RETURN_IF_ERROR(files.WriteAtomic(JoinPath(partial_, kManifest), Manifest(clock)));
  return SyncFileSystem(partial_);
}

Status Maker::CopyJob(const store::StoredJob& job) {
  const std::string& project = job.record.project();
  const std::string& id = job.record.job().job_id();
  const bool finished = job.record.job().has_end_time();
  ++report.jobs;
  if (!finished) ++report.unfinished;
  // Of a job that runs the log first, whose index must not know of bytes that were not copied; of
  // one that has ended the spools first, which may become segments of its log meanwhile.
  if (!finished) {
    MLENGINE_RETURN_IF_ERROR(CopyLog({project, id}));
    MLENGINE_RETURN_IF_ERROR(CutLog({project, id}));
  }
  for (const engine::v1::AttemptRecord& attempt : job.record.attempts()) {
    for (const engine::v1::ReplicaRecord& replica : attempt.replicas()) {
      MLENGINE_RETURN_IF_ERROR(
          CopyReplica(model::ReplicaFolder("jobs", project, id, attempt.number(), replica.role(),
                                           replica.index()),
                      finished || attempt.has_end_time()));
    }
  }
  return finished ? CopyLog({project, id}) : OkStatus();
}

// Segments before the index: what is made of a file is there before the file goes.
Status Maker::CopyLog(const logs::JobRef& job) {
  const std::string folder = logs::LogFolder("", job);
  const Result<std::vector<std::string>> names =
      RealFileSystem().List(JoinPath(options_.data_folder, folder));
  if (!names.ok()) return IsMissing(names.status()) ? OkStatus() : names.status();
  std::vector<std::string> ordered = {"index"};
  for (const std::string& name : *names) {
    if (name != "index" && name.find(".tmp-") == std::string::npos && !name.ends_with(".new"))
      ordered.push_back(name);
  }
  // Made of the index, or of the whole log, while it was copied.
  for (const char* name : {"index.zst", "retired"}) {
    if (std::ranges::find(ordered, name) == ordered.end()) ordered.emplace_back(name);
  }
  for (const std::string& name : ordered)
    MLENGINE_RETURN_IF_ERROR(CopyOptional(JoinPath(folder, name)));
  return OkStatus();
}

// A log that grew while it was copied has bytes that the copied index does not know.
Status Maker::CutLog(const logs::JobRef& job) {
  const logs::LogReport log = logs::CheckJobLog(RealFileSystem(), partial_, job, false);
  for (const logs::LogFault& fault : log.faults) {
    if (fault.good_bytes) MLENGINE_RETURN_IF_ERROR(CutFile(fault.path, *fault.good_bytes));
  }
  return OkStatus();
}

Status Maker::CopyReplica(const std::string& relative, bool finished) {
  const std::string folder = JoinPath(options_.data_folder, relative);
  const Result<std::vector<std::string>> names = RealFileSystem().List(folder);
  if (!names.ok()) return IsMissing(names.status()) ? OkStatus() : names.status();
  for (const std::string& name : *names) {
    // Of a replica that may run the spec stays away: a server on the restored folder would else end
    // the processes that bear its token, which are those of the original.
    if (name == model::kLaunchSpecFile && !finished) continue;
    if (name == model::kWorkFolder || name == model::kTmpFolder) continue;
    if (name.find(".tmp-") != std::string::npos) continue;
    const bool spool = name.starts_with("stdout-") || name.starts_with("stderr-");
    const auto limit = spool ? std::optional(options_.spool_bytes) : std::nullopt;
    MLENGINE_RETURN_IF_ERROR(CopyOptional(JoinPath(relative, name), limit));
  }
  return OkStatus();
}

Status Maker::CopyBuckets() {
  const std::string root = JoinPath(options_.data_folder, "buckets");
  const std::string to = JoinPath(partial_, "buckets");
  MLENGINE_RETURN_IF_ERROR(RealFileSystem().MakeDirectories(to));
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<std::string> names, objects::BucketNames(root));
  for (const std::string& name : names) {
    const Result<objects::BucketCopy> copy = objects::CopyBucket(root, name, to);
    // Removed meanwhile.
    if (!copy.ok() && IsMissing(copy.status())) continue;
    if (!copy.ok()) return Status(copy.status()).WithContext("bucket gs://" + name);
    ++report.buckets;
    report.objects += copy->objects;
    report.object_bytes += copy->bytes;
  }
  return OkStatus();
}

std::string Maker::Manifest(const Clock& clock) const {
  json::array shortened;
  for (const std::string& path : report.shortened) shortened.emplace_back(path);
  const json::object manifest = {{"version", kVersion},
                                 {"created", FormatTimeSeconds(clock.Now())},
                                 {"program", options_.program},
                                 {"jobs", report.jobs},
                                 {"unfinished", report.unfinished},
                                 {"buckets", options_.with_buckets},
                                 {"spoolBytes", options_.spool_bytes},
                                 {"shortened", shortened}};
  return json::serialize(manifest) + "\n";
}

Status CopyRestored(const std::string& backup, const std::string& partial, bool with_buckets) {
  FileSystem& files = RealFileSystem();
  MLENGINE_RETURN_IF_ERROR(files.MakeDirectories(partial));
  for (const std::string_view name : {std::string_view("state.db"), std::string_view("quotas.json"),
                                      std::string_view("mlengine.yaml"), kManifest}) {
    const Status copied = CopyFile(JoinPath(backup, name), JoinPath(partial, name)).status();
    if (!copied.ok() && !IsMissing(copied)) return copied;
  }
  for (const char* name : {"jobs", "logs", "models", "runtimes"}) {
    const Status copied = CopyTree(JoinPath(backup, name), JoinPath(partial, name));
    if (!copied.ok() && !IsMissing(copied)) return copied;
  }
  const std::string to = JoinPath(partial, "buckets");
  MLENGINE_RETURN_IF_ERROR(files.MakeDirectories(to));
  if (with_buckets) {
    const std::string root = JoinPath(backup, "buckets");
    MLENGINE_ASSIGN_OR_RETURN(const std::vector<std::string> names, objects::BucketNames(root));
    for (const std::string& name : names)
      MLENGINE_RETURN_IF_ERROR(objects::CopyBucket(root, name, to).status());
  }
  return SyncFileSystem(partial);
}

// Writes by `copy` into a folder beside and gives it the name; nothing is left of a failure.
Status MakeFolder(const std::string& target,
                  const std::function<Status(const std::string& partial)>& copy) {
  FileSystem& files = RealFileSystem();
  MLENGINE_RETURN_IF_ERROR(MakeWay(target));
  const std::string partial = target + ".partial";
  MLENGINE_RETURN_IF_ERROR(files.RemoveTree(partial));
  Status status = copy(partial);
  if (status.ok()) status = files.Rename(partial, target);
  if (!status.ok()) static_cast<void>(files.RemoveTree(partial));
  return status;
}

}  // namespace

Result<BackupReport> MakeBackup(const BackupOptions& options, const Clock& clock) {
  const std::string prefix = options.data_folder + "/";
  if (options.target == options.data_folder || options.target.starts_with(prefix)) {
    return InvalidArgumentError("a backup of " + options.data_folder +
                                " cannot lie in it; name a folder elsewhere");
  }
  const bool archive = IsArchiveName(options.target);
  if (archive && RealFileSystem().Stat(options.target).ok())
    return AlreadyExistsError(options.target + " is there already");
  const std::string folder = archive ? options.target + ".folder" : options.target;
  BackupReport report;
  MLENGINE_RETURN_IF_ERROR(MakeFolder(folder, [&](const std::string& partial) {
    Maker maker(options, partial);
    const Status status = maker.Copy(clock);
    report = std::move(maker.report);
    return status;
  }));
  if (!archive) return report;
  const Status packed = PackBackup(folder, options.target);
  static_cast<void>(RealFileSystem().RemoveTree(folder));
  if (!packed.ok()) return packed;
  return report;
}

Result<BackupManifest> ReadManifest(const std::string& backup) {
  const std::string path = JoinPath(backup, kManifest);
  const Result<std::string> text = RealFileSystem().Read(path, 16U << 20);
  if (!text.ok() && IsMissing(text.status()))
    return NotFoundError(backup + " is no backup: it has no " + std::string(kManifest));
  if (!text.ok()) return text.status();
  const Result<json::value> tree = wire::ParseStrictJson(*text);
  const json::object* manifest = tree.ok() ? tree->if_object() : nullptr;
  const json::value* version = manifest != nullptr ? manifest->if_contains("version") : nullptr;
  if (version == nullptr || !version->is_int64())
    return DataLossError(path + " cannot be understood; this is no whole backup");
  BackupManifest out;
  out.version = static_cast<int>(version->get_int64());
  const auto text_of = [manifest](const char* key) {
    const json::value* value = manifest->if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
  };
  out.created = text_of("created");
  out.program = text_of("program");
  if (out.version > kVersion) {
    return FailedPreconditionError(backup + " was made by " + out.program + " (backup version " +
                                   std::to_string(out.version) + "); this program reads version " +
                                   std::to_string(kVersion) + ". Use that mlengine or a newer one");
  }
  if (const json::value* jobs = manifest->if_contains("jobs"); jobs && jobs->is_int64())
    out.jobs = jobs->get_int64();
  if (const json::value* buckets = manifest->if_contains("buckets"); buckets && buckets->is_bool())
    out.with_buckets = buckets->get_bool();
  if (const json::value* paths = manifest->if_contains("shortened"); paths && paths->is_array()) {
    for (const json::value& one : paths->get_array()) {
      if (one.is_string()) out.shortened.emplace_back(one.get_string());
    }
  }
  return out;
}

Result<BackupManifest> RestoreBackup(const std::string& backup, const std::string& target) {
  if (IsArchiveName(backup) && !IsFolder(backup)) {
    // Beside the target, on its disk; refused before that when the target is taken.
    MLENGINE_RETURN_IF_ERROR(MakeWay(target));
    const std::string folder = target + ".unpacked";
    MLENGINE_RETURN_IF_ERROR(RealFileSystem().RemoveTree(folder));
    const Status unpacked = UnpackBackup(backup, folder);
    Result<BackupManifest> restored =
        unpacked.ok() ? RestoreBackup(folder, target) : Result<BackupManifest>(unpacked);
    static_cast<void>(RealFileSystem().RemoveTree(folder));
    return restored;
  }
  MLENGINE_ASSIGN_OR_RETURN(BackupManifest manifest, ReadManifest(backup));
  // Refused before anything is copied when this program could not serve it.
  MLENGINE_RETURN_IF_ERROR(store::CheckJobStore(JoinPath(backup, "state.db")).status());
  MLENGINE_RETURN_IF_ERROR(MakeFolder(target, [&](const std::string& partial) {
    return CopyRestored(backup, partial, manifest.with_buckets);
  }));
  return manifest;
}

}  // namespace mlengine::upkeep
