#include "ml_api/models_handler.h"

#include "ml_api/iam_calls.h"
#include "ml_api/method.h"
#include "ml_api/model_calls.h"
#include "ml_api/operation_calls.h"
#include "ml_api/version_calls.h"

namespace mlengine::ml_api {
namespace {

using ml::v1::Operation;

const Parameters& ListParameters() {
  static const Parameters parameters = {"filter", "pageSize", "pageToken"};
  return parameters;
}

Status NoSuchOperation(const net::Request&, Operation&) {
  return FieldError(StatusCode::kNotFound, "name", "The specified operation could not be found.");
}

void RegisterPolicies(net::Router& router, const ModelDeps& deps, PolicyHolder holder,
                      const std::string& resource) {
  const auto bind = [&deps, holder](auto call) {
    return [deps, holder, call](const net::Request& request, auto& answer) {
      return call(deps, holder, request, answer);
    };
  };
  router.Handle("GET", resource + ":getIamPolicy",
                Method<ml::v1::IamPolicy>({"options.requestedPolicyVersion"}, bind(GetIamPolicy)));
  router.Handle("POST", resource + ":setIamPolicy",
                Method<ml::v1::IamPolicy>({}, bind(SetIamPolicy)));
  router.Handle("POST", resource + ":testIamPermissions",
                Method<ml::v1::IamTestIamPermissionsResponse>({}, bind(TestIamPermissions)));
}

}  // namespace

void RegisterModels(net::Router& router, const ModelDeps& deps) {
  const auto bind = [&deps](auto call) {
    return [deps, call](const net::Request& request, auto& answer) {
      return call(deps, request, answer);
    };
  };
  const std::string models = "/v1/projects/{project}/models";
  const std::string model = models + "/{model}";
  const std::string versions = model + "/versions";
  const std::string version = versions + "/{version}";
  router.Handle("POST", models, Method<ml::v1::Model>({}, bind(CreateModel)));
  router.Handle("GET", models,
                Method<ml::v1::ListModelsResponse>(ListParameters(), bind(ListModels)));
  router.Handle("GET", model, Method<ml::v1::Model>({}, bind(GetModel)));
  router.Handle("PATCH", model, Method<Operation>({"updateMask"}, bind(PatchModel)));
  router.Handle("DELETE", model, Method<Operation>({}, bind(DeleteModel)));
  router.Handle("POST", versions, Method<Operation>({}, bind(CreateVersion)));
  router.Handle("GET", versions,
                Method<ml::v1::ListVersionsResponse>(ListParameters(), bind(ListVersions)));
  router.Handle("GET", version, Method<ml::v1::Version>({}, bind(GetVersion)));
  router.Handle("PATCH", version, Method<Operation>({"updateMask"}, bind(PatchVersion)));
  router.Handle("DELETE", version, Method<Operation>({}, bind(DeleteVersion)));
  router.Handle("POST", version + ":setDefault",
                Method<ml::v1::Version>({}, bind(SetDefaultVersion)));
}

void RegisterOperations(net::Router& router, const ModelDeps& deps) {
  const auto bind = [&deps](auto call) {
    return [deps, call](const net::Request& request, auto& answer) {
      return call(deps, request, answer);
    };
  };
  const std::string operations = "/v1/projects/{project}/operations";
  const std::string operation = operations + "/{operation}";
  router.Handle(
      "GET", operations,
      Method<ml::v1::ListOperationsResponse>(
          {"filter", "pageSize", "pageToken", "returnPartialSuccess"}, bind(ListOperations)));
  router.Handle("GET", operation, Method<Operation>({}, bind(GetOperation)));
  router.Handle("POST", operation + ":cancel",
                Method<ml::v1::EmptyResponse>({}, bind(CancelOperation)));
  // Of the API's revision of 2018.
  router.Handle("DELETE", operation, Method<ml::v1::EmptyResponse>({}, bind(DeleteOperation)));
  // Those of a location are of studies alone.
  const std::string of_location =
      "/v1/projects/{project}/locations/{location}/operations/{operation}";
  router.Handle("GET", of_location, Method<Operation>({}, NoSuchOperation));
  router.Handle("POST", of_location + ":cancel", Method<Operation>({}, NoSuchOperation));
}

void RegisterIam(net::Router& router, const ModelDeps& deps) {
  RegisterPolicies(router, deps, PolicyHolder::kModel, "/v1/projects/{project}/models/{model}");
  RegisterPolicies(router, deps, PolicyHolder::kJob, "/v1/projects/{project}/jobs/{job}");
}

}  // namespace mlengine::ml_api
