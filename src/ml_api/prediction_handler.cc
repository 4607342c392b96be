#include "ml_api/prediction_handler.h"

#include <memory>

#include "ml_api/method.h"
#include "ml_api/model_calls.h"
#include "mlengine/ml/v1/operation.pb.h"

namespace mlengine::ml_api {
namespace {

// Of looks for a version that went away between the look and the request.
constexpr int kTries = 5;

struct Answer {
  std::string version;  // its short name
  std::string body;
};

Result<Answer> TryPredict(ServedVersions& versions, const PredictFunction& predict,
                          const net::Request& request) {
  MLENGINE_RETURN_IF_ERROR(CheckCall(request, {}, *ml::v1::EmptyResponse::descriptor()));
  MLENGINE_ASSIGN_OR_RETURN(const store::ResourceKey model, ModelOfPath(request));
  const std::string name = request.path_values.size() > 2 ? request.path_values[2] : "";
  for (int tries = 1;; ++tries) {
    MLENGINE_ASSIGN_OR_RETURN(const ServedVersion version,
                              versions.Find(model.project, model.name, name));
    if (!predict)
      return UnimplementedError("projects.predict is not supported by this engine yet.");
    Result<std::string> body = predict(model.project, model.name, version, request.body);
    if (body.status().code() == StatusCode::kAborted && tries < kTries) continue;
    MLENGINE_RETURN_IF_ERROR(body.status());
    return Answer{version.version->version().name(), *std::move(body)};
  }
}

net::Response Respond(Result<Answer> answer) {
  if (!answer.ok()) {
    net::Response response = ErrorResponse(answer.status());
    const StatusCode code = answer.status().code();
    if (code == StatusCode::kUnavailable || code == StatusCode::kResourceExhausted)
      response.headers.Set("Retry-After", "1");  // seconds
    return response;
  }
  net::Response response;
  response.headers.Set("Content-Type", "application/json; charset=UTF-8");
  response.headers.Set("X-Mlengine-Version", answer->version);
  response.body = std::move(answer->body);
  return response;
}

// What predict answers, with the status of an error for what the model refuses.
net::Response RespondRaw(Result<Answer> answer) {
  const bool refused = answer.ok() && answer->body.starts_with(R"({"error")");
  net::Response response = Respond(std::move(answer));
  if (refused) response.status = 400;
  return response;
}

Status TryExplain(ServedVersions& versions, const net::Request& request) {
  MLENGINE_RETURN_IF_ERROR(CheckCall(request, {}, *ml::v1::EmptyResponse::descriptor()));
  MLENGINE_ASSIGN_OR_RETURN(const store::ResourceKey model, ModelOfPath(request));
  const std::string name = request.path_values.size() > 2 ? request.path_values[2] : "";
  MLENGINE_ASSIGN_OR_RETURN(const ServedVersion version,
                            versions.Find(model.project, model.name, name));
  return UnimplementedError("The version " + version.version->version().name() +
                            " has no explainer: this engine makes versions without one. "
                            "projects.predict answers.");
}

}  // namespace

void RegisterPrediction(net::Router& router, store::ModelStore& models,
                        const PredictFunction& predict) {
  const auto versions = std::make_shared<ServedVersions>(models);
  const auto add = [&router](const std::string& path, auto respond) {
    router.Add({.method = "POST",
                .path_template = path,
                .handler = std::move(respond),
                .upload_handler = {},
                .body_limit = kPredictBodyLimit});
  };
  const std::string model = "/projects/{project}/models/{model}";
  for (const std::string& resource : {model, model + "/versions/{version}"}) {
    add("/v1" + resource + ":predict", [versions, predict](const net::Request& request) {
      return Respond(TryPredict(*versions, predict, request));
    });
    add("/v1" + resource + ":explain", [versions](const net::Request& request) {
      return Respond(TryExplain(*versions, request));
    });
    add("/mlengine/v1" + resource + ":rawPredict",
        [versions, predict](const net::Request& request) {
          return RespondRaw(TryPredict(*versions, predict, request));
        });
  }
}

}  // namespace mlengine::ml_api
