#include "ml_api/version_calls.h"

#include "ml_api/method.h"
#include "ml_api/model_calls.h"
#include "ml_api/operation_calls.h"
#include "ml_api/resource_list.h"
#include "ml_api/update_mask.h"
#include "policy/model_validation.h"
#include "store/resource_view.h"
#include "wire/codec/json.h"

namespace mlengine::ml_api {
namespace {

using ml::v1::OperationMetadata;
using ml::v1::Version;

Status NoSuchVersion() {
  return FieldError(StatusCode::kNotFound, "name", "The specified version could not be found.");
}

Status Translate(const Status& status) {
  return status.code() == StatusCode::kNotFound ? NoSuchVersion() : status;
}

Result<store::ResourceKey> KeyOf(const net::Request& request) {
  MLENGINE_ASSIGN_OR_RETURN(const store::ResourceKey model, ModelOfPath(request));
  if (!policy::IsModelName(request.path_values[2])) return NoSuchVersion();
  return store::VersionKey(model.project, model.name, request.path_values[2]);
}

store::ResourceKey ModelOf(const store::ResourceKey& version) {
  return store::ModelKey(version.project, version.parent);
}

// Short name of the model's default version; NOT_FOUND in the words of a model.
template <typename Reader>
Result<std::string> DefaultOf(Reader& reader, const store::ResourceKey& model) {
  const Result<store::StoredResource> stored = reader.Get(model);
  if (stored.ok()) return stored->record.model().default_version();
  return stored.status().code() == StatusCode::kNotFound ? NoSuchModel() : stored.status();
}

// What is under way keeps others out.
Status CheckIdle(const Version& version) {
  const Version::State state = version.state();
  if (state == Version::READY || state == Version::FAILED) return OkStatus();
  return FieldError(
      StatusCode::kFailedPrecondition, "name",
      "The version is " + Version::State_Name(state) + "; wait for its operation to end.");
}

// A batch prediction reads the version's files until it has ended, after a restart too.
Status CheckNoJobNeeds(const ModelDeps& deps, const store::ResourceKey& key,
                       const std::string& folder) {
  if (deps.jobs == nullptr || folder.empty()) return OkStatus();
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<store::StoredJob> jobs, deps.jobs->ListUnfinished());
  for (const store::StoredJob& stored : jobs) {
    const engine::v1::BatchPrediction& batch = stored.record.batch_prediction();
    if (stored.record.project() != key.project || batch.model() != key.parent ||
        batch.version_folder() != folder)
      continue;
    const ml::v1::Job& job = stored.record.job();
    return FieldError(StatusCode::kFailedPrecondition, "name",
                      "The batch prediction job \"" + job.job_id() + "\" uses the version; it is " +
                          ml::v1::Job::State_Name(job.state()) +
                          ". Wait for its end, or cancel it first.");
  }
  return OkStatus();
}

Status ParentMissing(const std::string& model) {
  return FieldError(StatusCode::kNotFound, "parent",
                    "The model resource: \"" + model +
                        "\" was not found. Please create the Cloud ML model resource first by "
                        "using 'gcloud ml-engine models create " +
                        model + "'.");
}

void FillDefaults(const ModelDeps& deps, Version& version) {
  policy::ClearOutputFields(version);
  if (version.machine_type().empty())
    version.set_machine_type(std::string(policy::kDefaultServingMachine));
  if (version.runtime_version().empty()) version.set_runtime_version(deps.default_runtime);
  version.set_state(Version::CREATING);
}

Status VersionExists() {
  return FieldError(StatusCode::kAlreadyExists, "version.name",
                    "A version with the same name already exists.");
}

// What may be refused before anything is written, the cheap things first.
Status CheckNewVersion(const ModelDeps& deps, const store::ResourceKey& model,
                       const Version& version) {
  MLENGINE_RETURN_IF_ERROR(policy::ValidateNewVersion(version, deps.python_versions_of));
  if (deps.models->Get(model).status().code() == StatusCode::kNotFound)
    return ParentMissing(model.name);
  if (deps.models->Get(store::VersionKey(model.project, model.name, version.name())).ok())
    return VersionExists();
  if (deps.accept_work) MLENGINE_RETURN_IF_ERROR(deps.accept_work());
  return deps.check_deployment ? deps.check_deployment(model.project, version) : OkStatus();
}

void ApplyMask(const std::set<std::string>& mask, const Version& body, Version& version) {
  if (mask.contains("description")) version.set_description(body.description());
  if (mask.contains("labels")) *version.mutable_labels() = body.labels();
  const bool whole = mask.contains("auto_scaling");
  const bool least = mask.contains("auto_scaling.min_nodes");
  const bool most = mask.contains("auto_scaling.max_nodes");
  if (whole) *version.mutable_auto_scaling() = body.auto_scaling();
  if (least) version.mutable_auto_scaling()->set_min_nodes(body.auto_scaling().min_nodes());
  if (most) version.mutable_auto_scaling()->set_max_nodes(body.auto_scaling().max_nodes());
  // Each kind of scaling takes the place of the other.
  if (whole || least || most) version.clear_manual_scaling();
  if (mask.contains("manual_scaling") || mask.contains("manual_scaling.nodes")) {
    version.mutable_manual_scaling()->set_nodes(body.manual_scaling().nodes());
    if (!whole && !least && !most) version.clear_auto_scaling();
  }
}

// With what is no part of the record.
Version ShownVersion(const ModelDeps& deps, const store::StoredResource& stored,
                     const std::string& default_name) {
  Version version = PublicVersion(stored, default_name);
  const std::optional<Time> used = deps.last_use ? deps.last_use(stored) : std::nullopt;
  if (used) {
    version.mutable_last_use_time()->set_seconds(
        std::chrono::floor<std::chrono::seconds>(*used).time_since_epoch().count());
  }
  return version;
}

}  // namespace

Version PublicVersion(const store::StoredResource& stored, const std::string& default_name) {
  return store::PublicVersion(stored.key.project, stored.key.parent, stored.record.version(),
                              stored.key.name == default_name,
                              store::ResourceEtag(stored.sequence, stored.version));
}

Status CheckCanBeDefault(const store::StoredResource& version) {
  const Version::State state = version.record.version().version().state();
  if (state == Version::READY) return OkStatus();
  return FieldError(StatusCode::kFailedPrecondition, "name",
                    "The version is " + Version::State_Name(state) +
                        "; only one that is READY can be the default.");
}

Status CreateVersion(const ModelDeps& deps, const net::Request& request,
                     ml::v1::Operation& answer) {
  MLENGINE_ASSIGN_OR_RETURN(const store::ResourceKey model, ModelOfPath(request));
  store::ResourceRecord record;
  engine::v1::VersionRecord& created = *record.mutable_version();
  Version& version = *created.mutable_version();
  MLENGINE_RETURN_IF_ERROR(
      wire::FromJson(request.body.empty() ? "{}" : request.body, version, "version"));
  MLENGINE_RETURN_IF_ERROR(CheckNewVersion(deps, model, version));
  FillDefaults(deps, version);
  const Time now = deps.clock->Now();
  created.set_create_time_ns(ToUnixNanos(now));
  version.mutable_create_time()->set_seconds(
      std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  const store::ResourceKey key = store::VersionKey(model.project, model.name, version.name());
  store::ResourceKey operation;
  const Status status = deps.models->Change([&](store::ModelTransaction& change) -> Status {
    if (!change.Get(model).ok()) return ParentMissing(model.name);
    if (change.Get(key).ok()) return VersionExists();
    MLENGINE_ASSIGN_OR_RETURN(
        operation,
        AddOperation(change,
                     {.type = OperationMetadata::CREATE_VERSION,
                      .verb = "create",
                      .project = model.project,
                      .model = model.name,
                      .version = version.name(),
                      .as_is = store::PublicVersion(model.project, model.name, created, false, ""),
                      .labels = version.labels()},
                     now));
    // Its operation's number is of no other creation.
    created.set_folder(version.name() + operation.name.substr(operation.name.rfind('-')));
    return change.Create(key, record);
  });
  return status.ok() ? AnswerOperation(deps, operation, answer) : status;
}

Status GetVersion(const ModelDeps& deps, const net::Request& request, Version& answer) {
  MLENGINE_ASSIGN_OR_RETURN(const store::ResourceKey key, KeyOf(request));
  MLENGINE_ASSIGN_OR_RETURN(const std::string default_name, DefaultOf(*deps.models, ModelOf(key)));
  const Result<store::StoredResource> stored = deps.models->Get(key);
  if (!stored.ok()) return Translate(stored.status());
  answer = ShownVersion(deps, *stored, default_name);
  return OkStatus();
}

Status ListVersions(const ModelDeps& deps, const net::Request& request,
                    ml::v1::ListVersionsResponse& answer) {
  MLENGINE_ASSIGN_OR_RETURN(const store::ResourceKey model, ModelOfPath(request));
  MLENGINE_ASSIGN_OR_RETURN(const std::string default_name, DefaultOf(*deps.models, model));
  store::ListResourcesQuery query{
      .kind = store::ResourceKind::kVersion, .project = model.project, .parent = model.name};
  MLENGINE_ASSIGN_OR_RETURN(const ListFilterOf filter,
                            ReadListRequest(request, *Version::descriptor(), "a version", query));
  if (filter) {
    query.filter = [&](const store::StoredResource& one) {
      return filter->Matches(ShownVersion(deps, one, default_name));
    };
  }
  MLENGINE_ASSIGN_OR_RETURN(const store::ListResourcesPage page, ListPage(*deps.models, query));
  for (const store::StoredResource& one : page.resources)
    *answer.add_versions() = ShownVersion(deps, one, default_name);
  answer.set_next_page_token(page.next_page_token);
  return OkStatus();
}

Status PatchVersion(const ModelDeps& deps, const net::Request& request, ml::v1::Operation& answer) {
  MLENGINE_ASSIGN_OR_RETURN(const store::ResourceKey key, KeyOf(request));
  MLENGINE_ASSIGN_OR_RETURN(
      const std::set<std::string> mask,
      UpdateMask(request,
                 {"description", "labels", "auto_scaling", "auto_scaling.min_nodes",
                  "auto_scaling.max_nodes", "manual_scaling", "manual_scaling.nodes", "etag"},
                 {"request_logging_config", "package_uris", "prediction_class"}));
  Version body;
  MLENGINE_RETURN_IF_ERROR(
      wire::FromJson(request.body.empty() ? "{}" : request.body, body, "version"));
  store::ResourceKey operation;
  const Status status = deps.models->Change([&](store::ModelTransaction& change) -> Status {
    MLENGINE_ASSIGN_OR_RETURN(const std::string default_name, DefaultOf(change, ModelOf(key)));
    Result<store::StoredResource> stored = change.Get(key);
    if (!stored.ok()) return Translate(stored.status());
    Version& version = *stored->record.mutable_version()->mutable_version();
    MLENGINE_RETURN_IF_ERROR(CheckIdle(version));
    MLENGINE_RETURN_IF_ERROR(CheckEtag(body.etag(), *stored, "version.etag"));
    const Version before = PublicVersion(*stored, default_name);
    ApplyMask(mask, body, version);
    MLENGINE_RETURN_IF_ERROR(policy::ValidateChangedVersion(version));
    MLENGINE_RETURN_IF_ERROR(change.Put(key, stored->record));
    MLENGINE_ASSIGN_OR_RETURN(const store::StoredResource changed, change.Get(key));
    const Version response = PublicVersion(changed, default_name);
    MLENGINE_ASSIGN_OR_RETURN(operation, AddOperation(change,
                                                      {.type = OperationMetadata::UPDATE_VERSION,
                                                       .verb = "update",
                                                       .project = key.project,
                                                       .model = key.parent,
                                                       .version = key.name,
                                                       .as_is = before,
                                                       .labels = response.labels(),
                                                       .response = &response},
                                                      deps.clock->Now()));
    return OkStatus();
  });
  return status.ok() ? AnswerOperation(deps, operation, answer) : status;
}

Status DeleteVersion(const ModelDeps& deps, const net::Request& request,
                     ml::v1::Operation& answer) {
  MLENGINE_ASSIGN_OR_RETURN(const store::ResourceKey key, KeyOf(request));
  if (const Result<store::StoredResource> stored = deps.models->Get(key); stored.ok()) {
    MLENGINE_RETURN_IF_ERROR(CheckNoJobNeeds(deps, key, stored->record.version().folder()));
  }
  store::ResourceKey operation;
  const Status status = deps.models->Change([&](store::ModelTransaction& change) -> Status {
    MLENGINE_ASSIGN_OR_RETURN(const std::string default_name, DefaultOf(change, ModelOf(key)));
    Result<store::StoredResource> stored = change.Get(key);
    if (!stored.ok()) return Translate(stored.status());
    Version& version = *stored->record.mutable_version()->mutable_version();
    MLENGINE_RETURN_IF_ERROR(CheckIdle(version));
    MLENGINE_ASSIGN_OR_RETURN(const std::int64_t count,
                              change.Count(store::ResourceKind::kVersion, key.project, key.parent));
    if (key.name == default_name && count > 1) {
      return FieldError(StatusCode::kFailedPrecondition, "name",
                        "Cannot delete the default version of a model that has other versions. "
                        "Set another version as the default first.");
    }
    const Version before = PublicVersion(*stored, default_name);
    version.set_state(Version::DELETING);
    MLENGINE_RETURN_IF_ERROR(change.Put(key, stored->record));
    MLENGINE_ASSIGN_OR_RETURN(operation, AddOperation(change,
                                                      {.type = OperationMetadata::DELETE_VERSION,
                                                       .verb = "delete",
                                                       .project = key.project,
                                                       .model = key.parent,
                                                       .version = key.name,
                                                       .as_is = before,
                                                       .labels = before.labels()},
                                                      deps.clock->Now()));
    return OkStatus();
  });
  return status.ok() ? AnswerOperation(deps, operation, answer) : status;
}

Status SetDefaultVersion(const ModelDeps& deps, const net::Request& request, Version& answer) {
  MLENGINE_ASSIGN_OR_RETURN(const store::ResourceKey key, KeyOf(request));
  ml::v1::SetDefaultVersionRequest body;
  if (!request.body.empty()) MLENGINE_RETURN_IF_ERROR(wire::FromJson(request.body, body));
  return deps.models->Change([&](store::ModelTransaction& change) -> Status {
    MLENGINE_RETURN_IF_ERROR(DefaultOf(change, ModelOf(key)).status());
    const Result<store::StoredResource> version = change.Get(key);
    if (!version.ok()) return Translate(version.status());
    MLENGINE_RETURN_IF_ERROR(CheckCanBeDefault(*version));
    MLENGINE_ASSIGN_OR_RETURN(store::StoredResource model, change.Get(ModelOf(key)));
    model.record.mutable_model()->set_default_version(key.name);
    answer = PublicVersion(*version, key.name);
    return change.Put(model.key, model.record);
  });
}

}  // namespace mlengine::ml_api
