#include "ml_api/iam_calls.h"

#include <charconv>

#include "ml_api/method.h"
#include "policy/iam_policy.h"
#include "policy/model_validation.h"
#include "store/resource_view.h"
#include "wire/codec/json.h"

namespace mlengine::ml_api {
namespace {

using ml::v1::IamPolicy;

Status CheckThere(const ModelDeps& deps, PolicyHolder holder, const net::Request& request) {
  const std::string& project = request.path_values[0];
  const std::string& name = request.path_values[1];
  const bool is_model = holder == PolicyHolder::kModel;
  Status status = policy::IsModelName(name) ? OkStatus() : NotFoundError("");
  if (status.ok() && is_model) status = deps.models->Get(store::ModelKey(project, name)).status();
  if (status.ok() && !is_model) status = deps.jobs->Get({project, name}).status();
  if (status.code() != StatusCode::kNotFound) return status;
  return FieldError(
      StatusCode::kNotFound, "resource",
      std::string("The specified ") + (is_model ? "model" : "job") + " could not be found.");
}

store::ResourceKey KeyOf(PolicyHolder holder, const net::Request& request) {
  return store::PolicyKey(request.path_values[0],
                          holder == PolicyHolder::kModel ? "models" : "jobs",
                          request.path_values[1]);
}

IamPolicy PublicPolicy(const Result<store::StoredResource>& stored) {
  IamPolicy policy;
  if (stored.ok()) policy = stored->record.policy();
  policy.set_etag(stored.ok() ? store::ResourceEtag(stored->sequence, stored->version)
                              : std::string(policy::kNoPolicyEtag));
  return policy;
}

Status CheckVersionParameter(const net::Request& request) {
  const std::string text = Parameter(request, "options.requestedPolicyVersion");
  if (text.empty() || text == "0" || text == "1" || text == "3") return OkStatus();
  return FieldError(StatusCode::kInvalidArgument, "options.requested_policy_version",
                    "The requested version of the policy must be 0, 1 or 3.");
}

}  // namespace

Status GetIamPolicy(const ModelDeps& deps, PolicyHolder holder, const net::Request& request,
                    IamPolicy& answer) {
  MLENGINE_RETURN_IF_ERROR(CheckVersionParameter(request));
  MLENGINE_RETURN_IF_ERROR(CheckThere(deps, holder, request));
  const Result<store::StoredResource> stored = deps.models->Get(KeyOf(holder, request));
  if (!stored.ok() && stored.status().code() != StatusCode::kNotFound) return stored.status();
  answer = PublicPolicy(stored);
  return OkStatus();
}

Status SetIamPolicy(const ModelDeps& deps, PolicyHolder holder, const net::Request& request,
                    IamPolicy& answer) {
  ml::v1::IamSetIamPolicyRequest body;
  MLENGINE_RETURN_IF_ERROR(wire::FromJson(request.body.empty() ? "{}" : request.body, body));
  if (!body.has_policy())
    return FieldError(StatusCode::kInvalidArgument, "policy", "The policy is required.");
  MLENGINE_RETURN_IF_ERROR(policy::ValidatePolicy(body.policy()));
  MLENGINE_RETURN_IF_ERROR(CheckThere(deps, holder, request));
  const store::ResourceKey key = KeyOf(holder, request);
  return deps.models->Change([&](store::ModelTransaction& change) -> Status {
    // A model that is deleted meanwhile takes its policy along.
    if (holder == PolicyHolder::kModel &&
        !change.Get(store::ModelKey(key.project, key.name)).ok()) {
      return FieldError(StatusCode::kNotFound, "resource",
                        "The specified model could not be found.");
    }
    const Result<store::StoredResource> stored = change.Get(key);
    IamPolicy old = PublicPolicy(stored);
    if (!body.policy().etag().empty() && body.policy().etag() != old.etag()) {
      return FieldError(StatusCode::kAborted, "policy.etag",
                        "The policy was changed since this etag was given; get it again and "
                        "repeat the change.");
    }
    old.clear_etag();
    store::ResourceRecord record;
    MLENGINE_ASSIGN_OR_RETURN(*record.mutable_policy(), policy::ApplyPolicy(old, body));
    MLENGINE_RETURN_IF_ERROR(stored.ok() ? change.Put(key, record) : change.Create(key, record));
    answer = PublicPolicy(change.Get(key));
    return OkStatus();
  });
}

Status TestIamPermissions(const ModelDeps& deps, PolicyHolder holder, const net::Request& request,
                          ml::v1::IamTestIamPermissionsResponse& answer) {
  ml::v1::IamTestIamPermissionsRequest body;
  MLENGINE_RETURN_IF_ERROR(wire::FromJson(request.body.empty() ? "{}" : request.body, body));
  MLENGINE_RETURN_IF_ERROR(policy::ValidatePermissions(body));
  const Status there = CheckThere(deps, holder, request);
  if (there.code() == StatusCode::kNotFound) return OkStatus();
  if (there.ok()) *answer.mutable_permissions() = body.permissions();
  return there;
}

}  // namespace mlengine::ml_api
