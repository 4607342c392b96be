// QuotaFile: the quotas and budgets that were set for projects, in one file that is replaced as a
// whole (docs/formats/quota_file.md). Thread-safe; reads come from memory.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/file_system.h"
#include "base/result.h"
#include "mlengine/engine/v1/quota_record.pb.h"

namespace mlengine::quotas {

using ProjectQuotas = engine::v1::ProjectQuotas;

class QuotaFile {
 public:
  // A missing file has no settings. FAILED_PRECONDITION names the file when it is of a newer
  // version, DATA_LOSS when it cannot be understood. `files` outlives the object.
  static Result<std::unique_ptr<QuotaFile>> Open(const std::string& path, FileSystem& files);

  // The settings of a project; empty ones, but for the name, when nothing was set.
  ProjectQuotas Of(const std::string& project) const;
  // Changes the settings of a project and brings them to the disk before it returns. An error from
  // `change`, or from the disk, leaves everything as it was.
  Status Change(const std::string& project, const std::function<Status(ProjectQuotas&)>& change);

 private:
  QuotaFile(std::string path, FileSystem& files) : path_(std::move(path)), files_(files) {}

  const std::string path_;
  FileSystem& files_;
  std::mutex writers_;  // one change at a time; taken before mutex_
  mutable std::mutex mutex_;
  engine::v1::QuotaRecord record_;  // guarded by mutex_
};

}  // namespace mlengine::quotas
