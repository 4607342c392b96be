#include "ml_api/served_version.h"

#include <utility>

#include "ml_api/method.h"
#include "ml_api/model_calls.h"
#include "policy/model_validation.h"
#include "policy/serving_settings.h"

namespace mlengine::ml_api {
namespace {

using ml::v1::Version;

// So many models and versions in use at once are remembered.
constexpr std::size_t kMostRecords = 10'000;

Status NoSuchVersion() {
  return FieldError(StatusCode::kNotFound, "name", "The specified version could not be found.");
}

Status CheckReady(const Version& version) {
  if (version.state() == Version::READY) return OkStatus();
  const std::string& why = version.error_message();
  return FieldError(StatusCode::kFailedPrecondition, "name",
                    "The version is " + Version::State_Name(version.state()) +
                        "; only one that is READY answers." + (why.empty() ? "" : " " + why));
}

}  // namespace

ServedVersions::ServedVersions(store::ModelStore& store) : store_(store) {
  subscription_ = store_.Subscribe([this](const store::ResourceKey& key) {
    if (key.kind != store::ResourceKind::kModel && key.kind != store::ResourceKind::kVersion)
      return;
    const std::lock_guard lock(mutex_);
    ++changes_;
    records_.erase(key);
  });
}

ServedVersions::~ServedVersions() {
  store_.Unsubscribe(subscription_);
}

Result<ServedVersions::Record> ServedVersions::Get(const store::ResourceKey& key) {
  std::uint64_t changes = 0;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = records_.find(key); found != records_.end()) return found->second;
    changes = changes_;
  }
  MLENGINE_ASSIGN_OR_RETURN(store::StoredResource stored, store_.Get(key));
  Record record = std::make_shared<const store::ResourceRecord>(std::move(stored.record));
  const std::lock_guard lock(mutex_);
  // What was read before a change may be older than it.
  if (changes != changes_) return record;
  if (records_.size() >= kMostRecords) records_.clear();
  records_[key] = record;
  return record;
}

// Those before this one.
ServedVersions::Counts ServedVersions::Count(const store::ResourceKey& model, bool shared) {
  const std::lock_guard lock(mutex_);
  if (counts_.size() >= kMostRecords) counts_.clear();
  Counts& counts = counts_[model];
  const Counts before = counts;
  ++counts.all;
  if (shared) ++counts.shared;
  return before;
}

Result<ServedVersion> ServedVersions::Find(const std::string& project, const std::string& model,
                                           const std::string& version) {
  const store::ResourceKey key = store::ModelKey(project, model);
  const Result<Record> found = Get(key);
  if (found.status().code() == StatusCode::kNotFound) return NoSuchModel();
  MLENGINE_RETURN_IF_ERROR(found.status());
  const Record& record = *found;
  const engine::v1::ModelRecord& settings = record->model();
  const bool shared = version.empty() && settings.serving().traffic_size() > 0;
  const Counts counts = Count(key, shared);
  const auto take = [&](const std::string& name) -> Result<ServedVersion> {
    const Result<Record> one = Get(store::VersionKey(project, model, name));
    if (one.status().code() == StatusCode::kNotFound) return NoSuchVersion();
    MLENGINE_RETURN_IF_ERROR(one.status());
    const Record& whole = *one;
    MLENGINE_RETURN_IF_ERROR(CheckReady(whole->version().version()));
    return ServedVersion{{record, &settings}, {whole, &whole->version()}, counts.all};
  };
  if (!version.empty()) return policy::IsModelName(version) ? take(version) : NoSuchVersion();
  if (const std::string turn =
          shared ? policy::VersionForRequest(settings.serving(), counts.shared) : "";
      !turn.empty()) {
    Result<ServedVersion> taken = take(turn);
    if (taken.ok()) return taken;
  }
  if (!settings.default_version().empty()) return take(settings.default_version());
  return FieldError(StatusCode::kFailedPrecondition, "name",
                    "The model has no default version. Create a version, or name one.");
}

}  // namespace mlengine::ml_api
