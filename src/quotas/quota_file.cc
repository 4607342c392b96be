#include "quotas/quota_file.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "wire/codec/json.h"
#include "wire/codec/strict_json.h"

namespace mlengine::quotas {
namespace {

using engine::v1::QuotaRecord;

constexpr int kVersion = 1;
constexpr std::uint64_t kLargestFile = 16U << 20;

Result<QuotaRecord> Parse(const std::string& text, const std::string& path) {
  const auto damaged = [&path](const Status& why) {
    return DataLossError(path + " cannot be understood: " + why.message() +
                         " Repair it, or move it away to begin without quotas and budgets.");
  };
  const Result<boost::json::value> tree = wire::ParseStrictJson(text);
  if (!tree.ok()) return damaged(tree.status());
  // Before the fields, of which a newer version may have others.
  const boost::json::value* version =
      tree->is_object() ? tree->get_object().if_contains("version") : nullptr;
  if (version != nullptr && version->is_int64() && version->get_int64() > kVersion) {
    return FailedPreconditionError(path + " has version " + std::to_string(version->get_int64()) +
                                   ", this program knows versions up to " +
                                   std::to_string(kVersion) + "; use a newer mlengine");
  }
  QuotaRecord record;
  if (const Status read = wire::FromJson(text, record); !read.ok()) return damaged(read);
  return record;
}

auto FindProject(auto& record, const std::string& project) {
  return std::ranges::find(*record.mutable_projects(), project, &ProjectQuotas::project);
}

}  // namespace

Result<std::unique_ptr<QuotaFile>> QuotaFile::Open(const std::string& path, FileSystem& files) {
  std::unique_ptr<QuotaFile> file(new QuotaFile(path, files));
  const Result<std::string> text = files.Read(path, kLargestFile);
  if (text.ok()) {
    MLENGINE_ASSIGN_OR_RETURN(file->record_, Parse(*text, path));
  } else if (text.status().code() != StatusCode::kNotFound) {
    return text.status();
  }
  file->record_.set_version(kVersion);
  return file;
}

ProjectQuotas QuotaFile::Of(const std::string& project) const {
  const std::lock_guard lock(mutex_);
  for (const ProjectQuotas& one : record_.projects()) {
    if (one.project() == project) return one;
  }
  ProjectQuotas none;
  none.set_project(project);
  return none;
}

Status QuotaFile::Change(const std::string& project,
                         const std::function<Status(ProjectQuotas&)>& change) {
  const std::lock_guard writing(writers_);
  ProjectQuotas settings = Of(project);
  MLENGINE_RETURN_IF_ERROR(change(settings));
  QuotaRecord next;
  {
    const std::lock_guard lock(mutex_);
    next = record_;
  }
  const auto found = FindProject(next, project);
  if (found != next.mutable_projects()->end()) {
    *found = std::move(settings);
  } else {
    *next.add_projects() = std::move(settings);
    std::ranges::sort(*next.mutable_projects(), {}, &ProjectQuotas::project);
  }
  MLENGINE_RETURN_IF_ERROR(files_.WriteAtomic(path_, wire::ToJson(next) + "\n"));
  const std::lock_guard lock(mutex_);
  record_ = std::move(next);
  return OkStatus();
}

}  // namespace mlengine::quotas
