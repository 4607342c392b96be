#include "serving/operation_end.h"

#include "store/resource_view.h"
#include "wire/codec/json.h"

namespace mlengine::serving {

Status EndOperation(store::ModelTransaction& change, const store::ResourceKey& operation, Time now,
                    const google::protobuf::Message& response) {
  MLENGINE_ASSIGN_OR_RETURN(store::StoredResource stored, change.Get(operation));
  engine::v1::OperationRecord& record = *stored.record.mutable_operation();
  record.set_done(true);
  *record.mutable_metadata()->mutable_end_time() = store::MillisecondsOf(now);
  wire::PackAny(response, *record.mutable_response());
  return change.Put(operation, stored.record);
}

Status FailOperation(store::ModelTransaction& change, const store::ResourceKey& operation, Time now,
                     const Status& why) {
  MLENGINE_ASSIGN_OR_RETURN(store::StoredResource stored, change.Get(operation));
  engine::v1::OperationRecord& record = *stored.record.mutable_operation();
  record.set_done(true);
  *record.mutable_metadata()->mutable_end_time() = store::MillisecondsOf(now);
  record.mutable_error()->set_code(static_cast<int>(why.code()));
  record.mutable_error()->set_message(why.message());
  return change.Put(operation, stored.record);
}

Status BadModel(const Status& loaded) {
  if (loaded.code() == StatusCode::kAborted) return InvalidArgumentError(loaded.message());
  return InvalidArgumentError(
      "Create Version failed. Bad model detected with error: \"Failed to load model: " +
      loaded.message() + " (Error code: 0)\"");
}

}  // namespace mlengine::serving
