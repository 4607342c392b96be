// What the methods of operations do, and how the methods of models and versions make them.
#pragma once

#include <optional>
#include <string>

#include "ml_api/model_deps.h"
#include "mlengine/ml/v1/operation.pb.h"
#include "net/http.h"

namespace mlengine::ml_api {

struct NewOperation {
  ml::v1::OperationMetadata::Type type = ml::v1::OperationMetadata::OPERATION_TYPE_UNSPECIFIED;
  std::string verb;  // "create"
  std::string project;
  std::string model;
  std::string version = {};                   // "" for one of a model
  std::optional<ml::v1::Version> as_is = {};  // for its metadata
  google::protobuf::Map<std::string, std::string> labels = {};
  // Of one that is done at once.
  const google::protobuf::Message* response = nullptr;
};

// Puts it into the change, with a name that no other has: create_MODEL_VERSION-MILLISECONDS.
Result<store::ResourceKey> AddOperation(store::ModelTransaction& change,
                                        const NewOperation& operation, Time now);
// The operation as it is by now: it is waited for as long as deps say.
Status AnswerOperation(const ModelDeps& deps, const store::ResourceKey& key,
                       ml::v1::Operation& answer);

Status GetOperation(const ModelDeps& deps, const net::Request& request, ml::v1::Operation& answer);
Status ListOperations(const ModelDeps& deps, const net::Request& request,
                      ml::v1::ListOperationsResponse& answer);
// Writes only the intent. FAILED_PRECONDITION for one that is done.
Status CancelOperation(const ModelDeps& deps, const net::Request& request,
                       ml::v1::EmptyResponse& answer);
// Forgets one that is done.
Status DeleteOperation(const ModelDeps& deps, const net::Request& request,
                       ml::v1::EmptyResponse& answer);

}  // namespace mlengine::ml_api
