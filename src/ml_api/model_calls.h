// What the methods of models do, apart from HTTP's frame (method.h).
#pragma once

#include <string>

#include "ml_api/model_deps.h"
#include "mlengine/ml/v1/operation.pb.h"
#include "net/http.h"

namespace mlengine::ml_api {

// Answers after the record is durable, as all that write.
Status CreateModel(const ModelDeps& deps, const net::Request& request, ml::v1::Model& answer);
Status GetModel(const ModelDeps& deps, const net::Request& request, ml::v1::Model& answer);
Status ListModels(const ModelDeps& deps, const net::Request& request,
                  ml::v1::ListModelsResponse& answer);
// Their operations are done when they are answered.
Status PatchModel(const ModelDeps& deps, const net::Request& request, ml::v1::Operation& answer);
Status DeleteModel(const ModelDeps& deps, const net::Request& request, ml::v1::Operation& answer);

// The key of the path's model. NOT_FOUND for a name that no model can have.
Result<store::ResourceKey> ModelOfPath(const net::Request& request);
// The error of a model that is not there.
Status NoSuchModel();
// ABORTED when the caller gave an etag and it is not the current one; `field` is "model.etag".
Status CheckEtag(const std::string& given, const store::StoredResource& current,
                 const std::string& field);

}  // namespace mlengine::ml_api
