// What the worker does at its start and beside its work: folder and store fit each other, and old
// operations go.
#include <algorithm>
#include <set>

#include "base/log.h"
#include "serving/version_worker.h"
#include "store/resource_view.h"

namespace mlengine::serving {
namespace {

using ml::v1::Version;

// Removes the folders of no version; those of versions that are being made are made again.
void RemoveStrays(FileSystem& files, const std::string& root, const std::set<std::string>& known) {
  const auto names_in = [&files](const std::string& folder) {
    return files.List(folder).value_or(std::vector<std::string>());
  };
  for (const std::string& project : names_in(root)) {
    for (const std::string& model : names_in(JoinPath(root, project))) {
      for (const std::string& name : names_in(JoinPath(root, project + "/" + model))) {
        const std::string relative = store::VersionFolder(project, model, name);
        if (known.contains(relative)) continue;
        Log(LogLevel::kInfo, "removing a folder of no version", {{"folder", relative}});
        static_cast<void>(files.RemoveTree(JoinPath(root, relative)));
      }
    }
  }
}

}  // namespace

Status VersionWorker::Sweep() {
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<store::StoredResource> versions,
                            parts_.store.ListVersions());
  std::set<std::string> known;
  for (const store::StoredResource& version : versions) {
    const engine::v1::VersionRecord& record = version.record.version();
    if (record.folder().empty()) continue;
    const std::string relative =
        store::VersionFolder(version.key.project, version.key.parent, record.folder());
    known.insert(relative);
    if (record.version().state() != Version::READY) continue;
    if (parts_.files.Stat(JoinPath(options_.folder, relative)).ok()) continue;
    MLENGINE_RETURN_IF_ERROR(
        Fail(version,
             "The copy of the model's files is not in the data folder any more; create the version "
             "again."));
  }
  RemoveStrays(parts_.files, options_.folder, known);
  return OkStatus();
}

Status VersionWorker::Fail(const store::StoredResource& version, const std::string& why) {
  return parts_.store.Change([&](store::ModelTransaction& change) {
    MLENGINE_ASSIGN_OR_RETURN(store::StoredResource now, change.Get(version.key));
    engine::v1::VersionRecord& record = *now.record.mutable_version();
    record.mutable_version()->set_state(Version::FAILED);
    record.mutable_version()->set_error_message(why);
    return change.Put(version.key, now.record);
  });
}

Status VersionWorker::Prune() {
  std::set<std::string> projects;
  {
    const std::lock_guard lock(mutex_);
    projects.swap(touched_);
  }
  for (const std::string& project : projects) {
    MLENGINE_RETURN_IF_ERROR(parts_.store.Change([&](store::ModelTransaction& change) {
      constexpr auto kKind = store::ResourceKind::kOperation;
      MLENGINE_ASSIGN_OR_RETURN(std::int64_t count, change.Count(kKind, project, ""));
      if (count <= options_.kept_operations) return OkStatus();
      MLENGINE_ASSIGN_OR_RETURN(const std::vector<store::StoredResource> all,
                                change.All(kKind, project, ""));
      for (const store::StoredResource& operation : all) {
        if (count <= options_.kept_operations) break;
        if (!operation.record.operation().done()) continue;
        MLENGINE_RETURN_IF_ERROR(change.Remove(operation.key));
        --count;
      }
      return OkStatus();
    }));
  }
  return OkStatus();
}

}  // namespace mlengine::serving
