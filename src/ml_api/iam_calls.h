// Access policies of models and jobs: kept and given back. Nothing is refused by them yet.
#pragma once

#include "ml_api/model_deps.h"
#include "mlengine/ml/v1/iam.pb.h"
#include "net/http.h"

namespace mlengine::ml_api {

enum class PolicyHolder { kModel, kJob };

// An empty policy where none was set. NOT_FOUND for a resource that is not there.
Status GetIamPolicy(const ModelDeps& deps, PolicyHolder holder, const net::Request& request,
                    ml::v1::IamPolicy& answer);
// ABORTED when the policy's etag is given and is not the current one.
Status SetIamPolicy(const ModelDeps& deps, PolicyHolder holder, const net::Request& request,
                    ml::v1::IamPolicy& answer);
// Everybody has every permission on what is there, and none on what is not.
Status TestIamPermissions(const ModelDeps& deps, PolicyHolder holder, const net::Request& request,
                          ml::v1::IamTestIamPermissionsResponse& answer);

}  // namespace mlengine::ml_api
