#include "ml_api/prediction_handler.h"

#include "ml_api/method.h"
#include "ml_api/model_calls.h"
#include "mlengine/ml/v1/operation.pb.h"
#include "policy/model_validation.h"

namespace mlengine::ml_api {
namespace {

using ml::v1::Version;

Result<std::string> DefaultVersion(store::ModelStore& models, const store::ResourceKey& key) {
  const Result<store::StoredResource> model = models.Get(key);
  if (model.status().code() == StatusCode::kNotFound) return NoSuchModel();
  MLENGINE_RETURN_IF_ERROR(model.status());
  const std::string& version = model->record.model().default_version();
  if (!version.empty()) return version;
  return FieldError(StatusCode::kFailedPrecondition, "name",
                    "The model has no default version. Create a version, or name one.");
}

Status NoSuchVersion() {
  return FieldError(StatusCode::kNotFound, "name", "The specified version could not be found.");
}

Status CheckReady(const Version& version) {
  if (version.state() == Version::READY) return OkStatus();
  const std::string& why = version.error_message();
  return FieldError(StatusCode::kFailedPrecondition, "name",
                    "The version is " + Version::State_Name(version.state()) +
                        "; only one that is READY answers." + (why.empty() ? "" : " " + why));
}

Result<std::string> TryPredict(store::ModelStore& models, const PredictFunction& predict,
                               const net::Request& request) {
  MLENGINE_RETURN_IF_ERROR(CheckCall(request, {}, *ml::v1::EmptyResponse::descriptor()));
  MLENGINE_ASSIGN_OR_RETURN(const store::ResourceKey model, ModelOfPath(request));
  const bool named = request.path_values.size() > 2;
  std::string name = named ? request.path_values[2] : "";
  if (!named) {
    MLENGINE_ASSIGN_OR_RETURN(name, DefaultVersion(models, model));
  } else if (models.Get(model).status().code() == StatusCode::kNotFound) {
    return NoSuchModel();
  } else if (!policy::IsModelName(name)) {
    return NoSuchVersion();
  }
  const Result<store::StoredResource> version =
      models.Get(store::VersionKey(model.project, model.name, name));
  if (version.status().code() == StatusCode::kNotFound) return NoSuchVersion();
  MLENGINE_RETURN_IF_ERROR(version.status());
  MLENGINE_RETURN_IF_ERROR(CheckReady(version->record.version().version()));
  if (!predict) return UnimplementedError("projects.predict is not supported by this engine yet.");
  return predict(model.project, model.name, version->record.version(), request.body);
}

net::Response Respond(const Result<std::string>& answer) {
  if (!answer.ok()) {
    net::Response response = ErrorResponse(answer.status());
    const StatusCode code = answer.status().code();
    if (code == StatusCode::kUnavailable || code == StatusCode::kResourceExhausted)
      response.headers.Set("Retry-After", "1");  // seconds
    return response;
  }
  net::Response response;
  response.headers.Set("Content-Type", "application/json; charset=UTF-8");
  response.body = *answer;
  return response;
}

}  // namespace

void RegisterPrediction(net::Router& router, store::ModelStore& models,
                        const PredictFunction& predict) {
  const std::string model = "/v1/projects/{project}/models/{model}";
  for (const std::string& resource : {model, model + "/versions/{version}"}) {
    router.Add({.method = "POST",
                .path_template = resource + ":predict",
                .handler =
                    [&models, predict](const net::Request& request) {
                      return Respond(TryPredict(models, predict, request));
                    },
                .upload_handler = {},
                .body_limit = kPredictBodyLimit});
  }
}

}  // namespace mlengine::ml_api
