#include "ml_api/model_calls.h"

#include <google/protobuf/empty.pb.h>

#include "ml_api/method.h"
#include "ml_api/operation_calls.h"
#include "ml_api/resource_list.h"
#include "ml_api/update_mask.h"
#include "ml_api/version_calls.h"
#include "policy/model_validation.h"
#include "store/resource_view.h"
#include "wire/codec/json.h"

namespace mlengine::ml_api {
namespace {

using ml::v1::Model;
using ml::v1::OperationMetadata;

constexpr char kDefaultRegion[] = "us-central1";

Status Translate(const Status& status) {
  return status.code() == StatusCode::kNotFound ? NoSuchModel() : status;
}

// Without what its default version is.
Model ViewOf(const store::StoredResource& stored) {
  return store::PublicModel(stored.key.project, stored.record.model(),
                            store::ResourceEtag(stored.sequence, stored.version));
}

// `get` reads a record, of the store or of a change.
template <typename Get>
Model PublicModel(const store::StoredResource& stored, const Get& get) {
  Model view = ViewOf(stored);
  const std::string& name = stored.record.model().default_version();
  if (name.empty()) return view;
  const Result<store::StoredResource> version =
      get(store::VersionKey(stored.key.project, stored.key.name, name));
  if (version.ok()) *view.mutable_default_version() = PublicVersion(*version, name);
  return view;
}

Model PublicModel(store::ModelStore& models, const store::StoredResource& stored) {
  return PublicModel(stored, [&models](const store::ResourceKey& key) { return models.Get(key); });
}

// "V" of "projects/P/models/M/versions/V", or of "V".
std::string ShortName(const std::string& name) {
  return name.substr(name.rfind('/') + 1);
}

Status SetDefault(store::ModelTransaction& change, store::StoredResource& stored,
                  const std::string& given) {
  const std::string name = ShortName(given);
  const auto version = change.Get(store::VersionKey(stored.key.project, stored.key.name, name));
  if (!version.ok()) {
    return FieldError(StatusCode::kNotFound, "model.default_version.name",
                      "The specified version could not be found.");
  }
  MLENGINE_RETURN_IF_ERROR(CheckCanBeDefault(*version));
  stored.record.mutable_model()->set_default_version(name);
  return OkStatus();
}

Status ApplyMask(store::ModelTransaction& change, const std::set<std::string>& mask,
                 const Model& body, store::StoredResource& stored) {
  Model& model = *stored.record.mutable_model()->mutable_model();
  if (mask.contains("description")) model.set_description(body.description());
  if (mask.contains("labels")) *model.mutable_labels() = body.labels();
  if (mask.contains("online_prediction_logging"))
    model.set_online_prediction_logging(body.online_prediction_logging());
  if (mask.contains("online_prediction_console_logging"))
    model.set_online_prediction_console_logging(body.online_prediction_console_logging());
  if (mask.contains("default_version") || mask.contains("default_version.name"))
    MLENGINE_RETURN_IF_ERROR(SetDefault(change, stored, body.default_version().name()));
  return policy::ValidateChangedModel(model);
}

}  // namespace

Status NoSuchModel() {
  return FieldError(StatusCode::kNotFound, "name", "The specified model could not be found.");
}

Result<store::ResourceKey> ModelOfPath(const net::Request& request) {
  const std::string& name = request.path_values[1];
  if (!policy::IsModelName(name)) return NoSuchModel();
  return store::ModelKey(request.path_values[0], name);
}

Status CheckEtag(const std::string& given, const store::StoredResource& current,
                 const std::string& field) {
  if (given.empty() || given == store::ResourceEtag(current.sequence, current.version))
    return OkStatus();
  return FieldError(StatusCode::kAborted, field,
                    "It was changed since this etag was given; get it again and repeat the "
                    "change.");
}

Status CreateModel(const ModelDeps& deps, const net::Request& request, Model& answer) {
  store::ResourceRecord record;
  engine::v1::ModelRecord& created = *record.mutable_model();
  Model& model = *created.mutable_model();
  MLENGINE_RETURN_IF_ERROR(
      wire::FromJson(request.body.empty() ? "{}" : request.body, model, "model"));
  MLENGINE_RETURN_IF_ERROR(policy::ValidateNewModel(model, deps.regions));
  if (deps.accept_work) MLENGINE_RETURN_IF_ERROR(deps.accept_work());
  policy::ClearOutputFields(model);
  if (model.regions().empty()) model.add_regions(kDefaultRegion);
  created.set_create_time_ns(ToUnixNanos(deps.clock->Now()));
  const store::ResourceKey key = store::ModelKey(request.path_values[0], model.name());
  const Status status = deps.models->Change(
      [&](store::ModelTransaction& change) { return change.Create(key, record); });
  if (status.code() == StatusCode::kAlreadyExists) {
    return FieldError(StatusCode::kAlreadyExists, "model.name",
                      "A model with the same name already exists.");
  }
  MLENGINE_RETURN_IF_ERROR(status);
  MLENGINE_ASSIGN_OR_RETURN(const store::StoredResource stored, deps.models->Get(key));
  answer = PublicModel(*deps.models, stored);
  return OkStatus();
}

Status GetModel(const ModelDeps& deps, const net::Request& request, Model& answer) {
  MLENGINE_ASSIGN_OR_RETURN(const store::ResourceKey key, ModelOfPath(request));
  const Result<store::StoredResource> stored = deps.models->Get(key);
  if (!stored.ok()) return Translate(stored.status());
  answer = PublicModel(*deps.models, *stored);
  return OkStatus();
}

Status ListModels(const ModelDeps& deps, const net::Request& request,
                  ml::v1::ListModelsResponse& answer) {
  store::ListResourcesQuery query{.kind = store::ResourceKind::kModel,
                                  .project = request.path_values[0]};
  MLENGINE_ASSIGN_OR_RETURN(const ListFilterOf filter,
                            ReadListRequest(request, *Model::descriptor(), "a model", query));
  if (filter) {
    query.filter = [&](const store::StoredResource& one) {
      return filter->Matches(PublicModel(*deps.models, one));
    };
  }
  MLENGINE_ASSIGN_OR_RETURN(const store::ListResourcesPage page, ListPage(*deps.models, query));
  for (const store::StoredResource& one : page.resources)
    *answer.add_models() = PublicModel(*deps.models, one);
  answer.set_next_page_token(page.next_page_token);
  return OkStatus();
}

Status PatchModel(const ModelDeps& deps, const net::Request& request, ml::v1::Operation& answer) {
  MLENGINE_ASSIGN_OR_RETURN(const store::ResourceKey key, ModelOfPath(request));
  MLENGINE_ASSIGN_OR_RETURN(const std::set<std::string> mask,
                            UpdateMask(request, {"description", "labels", "default_version.name",
                                                 "default_version", "online_prediction_logging",
                                                 "online_prediction_console_logging", "etag"}));
  Model body;
  MLENGINE_RETURN_IF_ERROR(
      wire::FromJson(request.body.empty() ? "{}" : request.body, body, "model"));
  store::ResourceKey operation;
  const Status status = deps.models->Change([&](store::ModelTransaction& change) -> Status {
    const auto get = [&change](const store::ResourceKey& one) { return change.Get(one); };
    Result<store::StoredResource> stored = change.Get(key);
    if (!stored.ok()) return Translate(stored.status());
    MLENGINE_RETURN_IF_ERROR(CheckEtag(body.etag(), *stored, "model.etag"));
    MLENGINE_RETURN_IF_ERROR(ApplyMask(change, mask, body, *stored));
    MLENGINE_RETURN_IF_ERROR(change.Put(key, stored->record));
    MLENGINE_ASSIGN_OR_RETURN(const store::StoredResource changed, change.Get(key));
    const Model response = PublicModel(changed, get);
    MLENGINE_ASSIGN_OR_RETURN(operation, AddOperation(change,
                                                      {.type = OperationMetadata::UPDATE_MODEL,
                                                       .verb = "update",
                                                       .project = key.project,
                                                       .model = key.name,
                                                       .labels = response.labels(),
                                                       .response = &response},
                                                      deps.clock->Now()));
    return OkStatus();
  });
  return status.ok() ? AnswerOperation(deps, operation, answer) : status;
}

Status DeleteModel(const ModelDeps& deps, const net::Request& request, ml::v1::Operation& answer) {
  MLENGINE_ASSIGN_OR_RETURN(const store::ResourceKey key, ModelOfPath(request));
  store::ResourceKey operation;
  const Status status = deps.models->Change([&](store::ModelTransaction& change) -> Status {
    const Result<store::StoredResource> stored = change.Get(key);
    if (!stored.ok()) return Translate(stored.status());
    MLENGINE_ASSIGN_OR_RETURN(const std::int64_t versions,
                              change.Count(store::ResourceKind::kVersion, key.project, key.name));
    if (versions > 0) {
      return FieldError(StatusCode::kFailedPrecondition, "name",
                        "Cannot delete a model that has versions: " + key.name + " has " +
                            std::to_string(versions) + ". Delete them first.");
    }
    MLENGINE_RETURN_IF_ERROR(change.Remove(key));
    const store::ResourceKey policy = store::PolicyKey(key.project, "models", key.name);
    if (change.Get(policy).ok()) MLENGINE_RETURN_IF_ERROR(change.Remove(policy));
    const google::protobuf::Empty nothing;
    MLENGINE_ASSIGN_OR_RETURN(operation,
                              AddOperation(change,
                                           {.type = OperationMetadata::DELETE_MODEL,
                                            .verb = "delete",
                                            .project = key.project,
                                            .model = key.name,
                                            .labels = stored->record.model().model().labels(),
                                            .response = &nothing},
                                           deps.clock->Now()));
    return OkStatus();
  });
  return status.ok() ? AnswerOperation(deps, operation, answer) : status;
}

}  // namespace mlengine::ml_api
