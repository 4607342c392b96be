// What the methods of versions do, apart from HTTP's frame (method.h). Files are copied and removed
// by the worker that has the open operations.
#pragma once

#include <string>

#include "ml_api/model_deps.h"
#include "mlengine/ml/v1/operation.pb.h"
#include "net/http.h"

namespace mlengine::ml_api {

Status CreateVersion(const ModelDeps& deps, const net::Request& request, ml::v1::Operation& answer);
Status GetVersion(const ModelDeps& deps, const net::Request& request, ml::v1::Version& answer);
Status ListVersions(const ModelDeps& deps, const net::Request& request,
                    ml::v1::ListVersionsResponse& answer);
Status PatchVersion(const ModelDeps& deps, const net::Request& request, ml::v1::Operation& answer);
Status DeleteVersion(const ModelDeps& deps, const net::Request& request, ml::v1::Operation& answer);
Status SetDefaultVersion(const ModelDeps& deps, const net::Request& request,
                         ml::v1::Version& answer);

// The version as clients see it; `default_name` is the short name of its model's default.
ml::v1::Version PublicVersion(const store::StoredResource& stored, const std::string& default_name);
// FAILED_PRECONDITION for one that is not ready.
Status CheckCanBeDefault(const store::StoredResource& version);

}  // namespace mlengine::ml_api
