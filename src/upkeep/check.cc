#include "upkeep/check.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>
#include <filesystem>
#include <set>
#include <utility>

#include "base/digest.h"
#include "base/file_system.h"
#include "objects/bucket_copy.h"
#include "objects/object_store.h"
#include "store/job_store_file.h"
#include "store/resource_view.h"
#include "upkeep/backup.h"
#include "upkeep/job_check.h"
#include "wire/codec/strict_json.h"

namespace mlengine::upkeep {
namespace {

using Names = std::vector<std::string>;

// "state.db.tmp-123-4": what a writer killed between write and rename leaves.
bool IsTemporary(const std::string& name) {
  const std::size_t at = name.rfind(".tmp-");
  if (at == std::string::npos) return false;
  const std::string tail = name.substr(at + 5);
  return !tail.empty() && std::ranges::all_of(tail, [](unsigned char c) {
    return std::isdigit(c) != 0 || c == '-';
  });
}

// One look at one data folder.
class Look {
 public:
  explicit Look(const CheckOptions& options) : options_(options) {}

  // Which jobs the store has.
  Status Know();
  // Before anything is changed.
  Status CheckRemovals();
  Status Store();
  void Jobs();
  void Models();
  void Buckets();
  void Packages();
  void Orphans();
  void Temporary(const std::string& folder, int levels);
  void Uploads();
  void Quotas();
  CheckReport report;

 private:
  std::string Path(const std::string& name) const { return JoinPath(options_.data_folder, name); }
  Names List(const std::string& folder) const {
    return RealFileSystem().List(folder).value_or(Names{});
  }
  bool MayRepair() const { return options_.repair && !options_.live; }
  void Add(std::string what, const std::string& path, std::string repair = "") {
    report.findings.push_back({std::move(what), Relative(options_, path), std::move(repair)});
  }
  // The last finding is repaired by `act`, or says how it can be.
  void Repair(const std::string& done, const std::function<Status()>& act);
  void Orphan(const std::string& relative);

  const CheckOptions& options_;
  std::set<std::string> known_;  // "PROJECT/JOB", percent-encoded as in logs/
  std::vector<std::pair<std::string, std::string>> packages_;  // job, URI; of unfinished jobs
};

void Look::Repair(const std::string& done, const std::function<Status()>& act) {
  if (!MayRepair()) return;
  Finding& finding = report.findings.back();
  const Status status = act();
  finding.repaired = status.ok();
  finding.repair = status.ok() ? done : "cannot be repaired: " + status.message();
}

Status Look::Know() {
  // Also of jobs whose record is damaged: their folders are no orphans.
  return store::ForEachKey(Path("state.db"), [this](const store::JobKey& key) {
    known_.insert(PercentEncode(key.project) + "/" + PercentEncode(key.job_id));
  });
}

Status Look::Store() {
  const std::string path = Path("state.db");
  MLENGINE_ASSIGN_OR_RETURN(const store::JobStoreReport store, store::CheckJobStore(path));
  report.jobs = store.jobs;
  for (const std::string& fault : store.faults)
    Add(fault, path, "restore a backup: mlengine server restore");
  if (store.counts_wrong) {
    Add("the number of jobs by state is not that of the jobs", path, "--repair counts anew");
    Repair("counted anew", [&path] { return store::RepairJobCounts(path); });
  }
  return OkStatus();
}

void Look::Jobs() {
  const Status read = store::ForEachJob(Path("state.db"), [this](const store::StoredJob& job) {
    const std::string& project = job.record.project();
    const std::string& id = job.record.job().job_id();
    CheckJob(options_, job, report);
    if (!job.record.job().has_end_time() && job.record.attempts_size() == 0) {
      for (const std::string& uri : job.record.job().training_input().package_uris())
        packages_.emplace_back(project + "/" + id, uri);
    }
    return OkStatus();
  });
  if (!read.ok()) Add(read.message(), Path("state.db"));
}

// Of what is served the files must be there; all else is made right by the next start.
void Look::Models() {
  const Status read =
      store::ForEachVersion(Path("state.db"), [this](const store::StoredResource& version) {
        const engine::v1::VersionRecord& record = version.record.version();
        if (record.version().state() != ml::v1::Version::READY) return;
        const std::string folder =
            "models/" +
            store::VersionFolder(version.key.project, version.key.parent, record.folder());
        std::int64_t bytes = 0;
        std::int64_t files = 0;
        std::error_code error;
        for (std::filesystem::recursive_directory_iterator at(Path(folder), error), end;
             !error && at != end; at.increment(error)) {
          std::error_code gone;
          if (!at->is_regular_file(gone)) continue;
          ++files;
          bytes += static_cast<std::int64_t>(at->file_size(gone));
        }
        if (files == record.files() && bytes == record.bytes()) return;
        Add("is not the copy of version " + version.key.name + " of model " + version.key.parent +
                " any more: it has " + std::to_string(files) + " files with " +
                std::to_string(bytes) + " bytes instead of " + std::to_string(record.files()) +
                " with " + std::to_string(record.bytes()),
            Path(folder), "create the version again");
      });
  if (!read.ok()) Add(read.message(), Path("state.db"));
}

// A job that waits will look for its packages when its turn comes.
void Look::Packages() {
  for (const auto& [job, uri] : packages_) {
    const Result<objects::GsPath> path = objects::ParseGsPath(uri);
    if (!path.ok()) continue;
    if (!objects::FindObject(Path("buckets"), path->bucket, path->object).ok()) {
      Add("the package " + uri + " of a waiting job is missing: the job will fail", "job " + job,
          "upload it again");
    }
  }
}

void Look::Buckets() {
  const Result<Names> names = objects::BucketNames(Path("buckets"));
  for (const std::string& name : names.value_or(Names{})) {
    const Result<objects::BucketReport> bucket =
        objects::CheckBucket(Path("buckets"), name, options_.digests, options_.live);
    if (!bucket.ok()) {
      Add(bucket.status().message(), JoinPath(Path("buckets"), name));
      continue;
    }
    report.objects += bucket->objects;
    for (const objects::BucketFault& fault : bucket->faults) {
      Add(fault.what, fault.object,
          fault.stale ? "the next start of the server removes it, or --repair" : "");
      if (fault.stale)
        Repair("was removed", [&fault] { return RealFileSystem().Remove(fault.object); });
    }
  }
}

void Look::Orphan(const std::string& relative) {
  Add("is a folder of a job that the store does not know", Path(relative),
      "look at it, and remove it with --repair --remove " + relative);
  if (std::ranges::find(options_.remove, relative) == options_.remove.end()) return;
  Repair("was removed", [&] { return RealFileSystem().RemoveTree(Path(relative)); });
}

void Look::Orphans() {
  // A job that came after the store was read has one.
  if (options_.live) return;
  for (const char* top : {"jobs", "logs"}) {
    for (const std::string& project : List(Path(top))) {
      for (const std::string& job : List(JoinPath(Path(top), project))) {
        const bool logs = std::string_view(top) == "logs";
        const std::string key =
            logs ? project + "/" + job : PercentEncode(project) + "/" + PercentEncode(job);
        if (!known_.contains(key)) Orphan(std::string(top) + "/" + project + "/" + job);
      }
    }
  }
}

void Look::Temporary(const std::string& folder, int levels) {
  if (options_.live) return;
  for (const std::string& name : List(folder)) {
    const std::string path = JoinPath(folder, name);
    const Result<FileStat> stat = RealFileSystem().Stat(path);
    if (!stat.ok()) continue;
    if (stat->is_directory) {
      // What programs and buckets hold is theirs.
      if (levels > 0 && name != "work" && name != "tmp") Temporary(path, levels - 1);
    } else if (IsTemporary(name)) {
      Add("is left of a write that was cut short", path, "--repair removes it");
      Repair("was removed", [&path] { return RealFileSystem().Remove(path); });
    }
  }
}

void Look::Uploads() {
  if (options_.live) return;
  const std::string folder = Path("uploads");
  for (const std::string& name : List(folder)) {
    if (!name.ends_with(".data")) continue;
    const std::string plan = name.substr(0, name.size() - 5) + ".json";
    if (RealFileSystem().Stat(JoinPath(folder, plan)).ok()) continue;
    const std::string path = JoinPath(folder, name);
    Add("has the bytes of an upload that nobody can go on with", path,
        "the next start of the server removes it, or --repair");
    Repair("was removed", [&path] { return RealFileSystem().Remove(path); });
  }
}

void Look::Quotas() {
  const std::string path = Path("quotas.json");
  const Result<std::string> text = RealFileSystem().Read(path);
  if (!text.ok()) {
    if (text.status().code() != StatusCode::kNotFound) Add(text.status().message(), path);
    return;
  }
  const auto tree = wire::ParseStrictJson(*text);
  if (!tree.ok() || !tree->is_object()) {
    Add("cannot be understood; the server will not start with it", path,
        "repair it by hand, or move it away to begin without quotas and budgets");
  }
}

Status Look::CheckRemovals() {
  for (const std::string& relative : options_.remove) {
    const auto slashes = std::ranges::count(relative, '/');
    const bool ours = relative.starts_with("jobs/") || relative.starts_with("logs/");
    if (!ours || slashes != 2 || relative.find("..") != std::string::npos) {
      return InvalidArgumentError("--remove takes folders like jobs/PROJECT/JOB or " +
                                  std::string("logs/PROJECT/JOB, not \"") + relative + "\"");
    }
    const std::string rest = relative.substr(5);
    if (known_.contains(rest)) {
      return FailedPreconditionError(relative + " is of a job that the store knows; it stays");
    }
    if (!RealFileSystem().Stat(Path(relative)).ok())
      return NotFoundError(Path(relative) + " is not there");
  }
  return OkStatus();
}

}  // namespace

std::size_t CheckReport::Open() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(findings, [](const Finding& finding) { return !finding.repaired; }));
}

Result<CheckReport> CheckDataFolder(const CheckOptions& options) {
  if (!RealFileSystem().Stat(JoinPath(options.data_folder, "state.db")).ok()) {
    return NotFoundError(options.data_folder +
                         " is no data folder: it has no state.db; name one with --data-dir");
  }
  Look look(options);
  MLENGINE_RETURN_IF_ERROR(look.Know());
  MLENGINE_RETURN_IF_ERROR(look.CheckRemovals());
  MLENGINE_RETURN_IF_ERROR(look.Store());
  look.Jobs();
  look.Models();
  look.Orphans();
  look.Packages();
  look.Buckets();
  look.Uploads();
  look.Quotas();
  // Down to the files of a replica: jobs/PROJECT/JOB/attempt-N/ROLE-I.
  look.Temporary(options.data_folder, 0);
  for (const char* top : {"jobs", "logs", "run", "uploads"})
    look.Temporary(JoinPath(options.data_folder, top), 4);
  // What a backup left out on purpose is no fault of the folder that was restored of it.
  const BackupManifest manifest = ReadManifest(options.data_folder).value_or({});
  std::erase_if(look.report.findings, [&manifest](const Finding& finding) {
    return std::ranges::find(manifest.shortened, finding.where) != manifest.shortened.end();
  });
  return std::move(look.report);
}

}  // namespace mlengine::upkeep
