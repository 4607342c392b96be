#include "ml_api/operation_calls.h"

#include <condition_variable>
#include <mutex>

#include "ml_api/method.h"
#include "ml_api/project_number.h"
#include "ml_api/resource_list.h"
#include "store/resource_view.h"
#include "wire/codec/json.h"

namespace mlengine::ml_api {
namespace {

constexpr std::size_t kLongestId = 300;

Status NoSuchOperation() {
  return FieldError(StatusCode::kNotFound, "name", "The specified operation could not be found.");
}

Result<store::ResourceKey> KeyOf(const net::Request& request) {
  const std::string& id = request.path_values[1];
  if (id.empty() || id.size() > kLongestId) return NoSuchOperation();
  return store::OperationKey(request.path_values[0], id);
}

Status Translate(const Status& status) {
  return status.code() == StatusCode::kNotFound ? NoSuchOperation() : status;
}

// Waits until the operation is done, at most so long.
void WaitForEnd(store::ModelStore& models, const store::ResourceKey& key,
                std::chrono::milliseconds within) {
  std::mutex mutex;
  std::condition_variable changed;
  bool look = true;
  const std::int64_t id = models.Subscribe([&](const store::ResourceKey& one) {
    if (one != key) return;
    const std::lock_guard lock(mutex);
    look = true;
    changed.notify_one();
  });
  const auto deadline = std::chrono::steady_clock::now() + within;
  std::unique_lock lock(mutex);
  while (changed.wait_until(lock, deadline, [&look] { return look; })) {
    look = false;
    lock.unlock();
    const Result<store::StoredResource> operation = models.Get(key);
    lock.lock();
    if (!operation.ok() || operation->record.operation().done()) break;
  }
  lock.unlock();
  models.Unsubscribe(id);
}

// The change of an operation, with the errors of its methods.
Status ChangeOperation(
    const ModelDeps& deps, const net::Request& request,
    const std::function<Status(store::ModelTransaction&, store::StoredResource&)>& apply) {
  MLENGINE_ASSIGN_OR_RETURN(const store::ResourceKey key, KeyOf(request));
  ml::v1::EmptyResponse body;
  if (!request.body.empty()) MLENGINE_RETURN_IF_ERROR(wire::FromJson(request.body, body));
  return Translate(deps.models->Change([&](store::ModelTransaction& change) {
    MLENGINE_ASSIGN_OR_RETURN(store::StoredResource operation, change.Get(key));
    return apply(change, operation);
  }));
}

}  // namespace

Result<store::ResourceKey> AddOperation(store::ModelTransaction& change,
                                        const NewOperation& operation, Time now) {
  const std::string start = operation.verb + "_" + operation.model +
                            (operation.version.empty() ? "" : "_" + operation.version) + "-";
  long long milliseconds = ToUnixNanos(now) / 1'000'000;
  store::ResourceKey key;
  do {
    key = store::OperationKey(operation.project, start + std::to_string(milliseconds++));
  } while (change.Get(key).ok());

  store::ResourceRecord stored;
  engine::v1::OperationRecord& record = *stored.mutable_operation();
  record.set_name(store::OperationName(operation.project, key.name));
  record.set_model(operation.model);
  record.set_version(operation.version);
  ml::v1::OperationMetadata& metadata = *record.mutable_metadata();
  *metadata.mutable_create_time() = store::MillisecondsOf(now);
  metadata.set_operation_type(operation.type);
  metadata.set_model_name(store::ModelName(operation.project, operation.model));
  metadata.set_project_number(ProjectNumber(operation.project));
  *metadata.mutable_labels() = operation.labels;
  if (operation.as_is) *metadata.mutable_version() = *operation.as_is;
  if (operation.response != nullptr) {
    record.set_done(true);
    *metadata.mutable_start_time() = metadata.create_time();
    *metadata.mutable_end_time() = metadata.create_time();
    wire::PackAny(*operation.response, *record.mutable_response());
  }
  MLENGINE_RETURN_IF_ERROR(change.Create(key, stored));
  return key;
}

Status AnswerOperation(const ModelDeps& deps, const store::ResourceKey& key,
                       ml::v1::Operation& answer) {
  if (deps.answer_within.count() > 0) WaitForEnd(*deps.models, key, deps.answer_within);
  MLENGINE_ASSIGN_OR_RETURN(const store::StoredResource operation, deps.models->Get(key));
  answer = store::PublicOperation(operation.record.operation());
  return OkStatus();
}

Status GetOperation(const ModelDeps& deps, const net::Request& request, ml::v1::Operation& answer) {
  MLENGINE_ASSIGN_OR_RETURN(const store::ResourceKey key, KeyOf(request));
  const Result<store::StoredResource> operation = deps.models->Get(key);
  if (!operation.ok()) return Translate(operation.status());
  answer = store::PublicOperation(operation->record.operation());
  return OkStatus();
}

Status ListOperations(const ModelDeps& deps, const net::Request& request,
                      ml::v1::ListOperationsResponse& answer) {
  store::ListResourcesQuery query{.kind = store::ResourceKind::kOperation,
                                  .project = request.path_values[0]};
  // Over the record, whose metadata has a type.
  MLENGINE_ASSIGN_OR_RETURN(
      const ListFilterOf filter,
      ReadListRequest(request, *engine::v1::OperationRecord::descriptor(), "an operation", query));
  if (filter) {
    query.filter = [&filter](const store::StoredResource& one) {
      return filter->Matches(one.record.operation());
    };
  }
  MLENGINE_ASSIGN_OR_RETURN(const store::ListResourcesPage page, ListPage(*deps.models, query));
  for (const store::StoredResource& one : page.resources)
    *answer.add_operations() = store::PublicOperation(one.record.operation());
  answer.set_next_page_token(page.next_page_token);
  return OkStatus();
}

Status CancelOperation(const ModelDeps& deps, const net::Request& request,
                       ml::v1::EmptyResponse& answer) {
  static_cast<void>(answer);
  return ChangeOperation(
      deps, request, [](store::ModelTransaction& change, store::StoredResource& operation) {
        engine::v1::OperationRecord& record = *operation.record.mutable_operation();
        if (record.done()) {
          return FieldError(StatusCode::kFailedPrecondition, "name",
                            "The operation cannot be cancelled: it is already done.");
        }
        record.mutable_metadata()->set_is_cancellation_requested(true);
        return change.Put(operation.key, operation.record);
      });
}

Status DeleteOperation(const ModelDeps& deps, const net::Request& request,
                       ml::v1::EmptyResponse& answer) {
  static_cast<void>(answer);
  return ChangeOperation(deps, request,
                         [](store::ModelTransaction& change, store::StoredResource& operation) {
                           if (!operation.record.operation().done()) {
                             return FieldError(StatusCode::kFailedPrecondition, "name",
                                               "The operation is not done; cancel it first.");
                           }
                           return change.Remove(operation.key);
                         });
}

}  // namespace mlengine::ml_api
