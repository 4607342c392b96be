#include "cli/api.h"

#include <boost/json.hpp>
#include <ostream>

#include "base/digest.h"
#include "cli/python_json.h"
#include "cli/session.h"
#include "cli/settings.h"
#include "cli/yaml_output.h"

namespace mlengine::cli {
namespace {

constexpr int kAttempts = 4;

StatusCode CodeOf(std::string_view name, int http) {
  for (int code = 1; code <= 16; ++code) {
    if (StatusCodeName(static_cast<StatusCode>(code)) == name) return static_cast<StatusCode>(code);
  }
  switch (http) {
    case 400:
      return StatusCode::kInvalidArgument;
    case 401:
      return StatusCode::kUnauthenticated;
    case 403:
      return StatusCode::kPermissionDenied;
    case 404:
      return StatusCode::kNotFound;
    case 409:
      return StatusCode::kAlreadyExists;
    case 412:
      return StatusCode::kFailedPrecondition;
    case 416:
      return StatusCode::kOutOfRange;
    case 429:
      return StatusCode::kResourceExhausted;
    case 501:
      return StatusCode::kUnimplemented;
    default:
      return StatusCode::kInternal;
  }
}

std::vector<FieldViolation> ViolationsOf(const boost::json::value& error) {
  std::vector<FieldViolation> out;
  const boost::json::value* details = error.as_object().if_contains("details");
  if (details == nullptr || !details->is_array()) return out;
  for (const boost::json::value& detail : details->get_array()) {
    if (!detail.is_object()) continue;
    for (const auto& [name, field] :
         {std::pair("fieldViolations", "field"), std::pair("violations", "subject")}) {
      const boost::json::value* list = detail.get_object().if_contains(name);
      if (list == nullptr || !list->is_array()) continue;
      for (const boost::json::value& one : list->get_array())
        out.push_back({TextAt(one, field), TextAt(one, "description")});
    }
  }
  return out;
}

}  // namespace

std::string TextAt(const boost::json::value& value, std::string_view key) {
  if (!value.is_object()) return "";
  const boost::json::value* found = value.get_object().if_contains(key);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

Status ErrorFromResponse(const net::ClientResponse& response) {
  boost::system::error_code failed;
  const boost::json::value body = boost::json::parse(response.body, failed);
  const boost::json::value* error =
      !failed && body.is_object() ? body.get_object().if_contains("error") : nullptr;
  if (error == nullptr || !error->is_object()) {
    return {CodeOf("", response.status),
            "HTTP " + std::to_string(response.status) +
                (response.body.empty() ? "" : ": " + response.body.substr(0, 500))};
  }
  Status status(CodeOf(TextAt(*error, "status"), response.status), TextAt(*error, "message"));
  return std::move(status).WithViolations(ViolationsOf(*error));
}

std::string ErrorText(const Status& status, std::string_view project) {
  std::string out;
  if (status.code() == StatusCode::kAlreadyExists) {
    out = "Resource in projects [" + std::string(project) +
          "] is the subject of a conflict: " + status.message();
  } else if (status.code() == StatusCode::kUnavailable || status.message().empty()) {
    out = status.message().empty() ? std::string(StatusCodeName(status.code())) : status.message();
  } else {
    out = std::string(StatusCodeName(status.code())) + ": " + status.message();
  }
  if (status.violations().empty()) return out;
  boost::json::array violations;
  const bool quota = status.code() == StatusCode::kResourceExhausted;
  for (const FieldViolation& one : status.violations()) {
    violations.push_back(
        {{"description", one.description}, {quota ? "subject" : "field", one.field}});
  }
  const boost::json::value details = {
      {{"@type", quota ? "type.googleapis.com/google.rpc.QuotaFailure"
                       : "type.googleapis.com/google.rpc.BadRequest"},
       {quota ? "violations" : "fieldViolations", std::move(violations)}}};
  const std::string yaml = ToYaml(details);
  return out + "\n" + yaml.substr(0, yaml.size() - 1);
}

Result<std::unique_ptr<Api>> Api::Open(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(std::string project, ProjectOf(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(std::string endpoint, EndpointOf(invocation, session));
  return std::unique_ptr<Api>(new Api(session, std::move(project), std::move(endpoint)));
}

std::string Api::OwnPath(const std::vector<std::string>& parts) const {
  return "/mlengine" + MlPath(parts);
}

std::string Api::MlPath(const std::vector<std::string>& parts) const {
  std::string out = "/v1/projects/" + PercentEncode(project_);
  for (const std::string& part : parts) out += "/" + PercentEncode(part);
  return out;
}

Status Api::Connect() {
  if (client_ != nullptr) return OkStatus();
  Result<std::unique_ptr<net::Client>> client = session_.connect(endpoint_);
  if (!client.ok()) return Explain(client.status());
  client_ = *std::move(client);
  return OkStatus();
}

Status Api::Explain(const Status& status) const {
  if (status.code() != StatusCode::kUnavailable) return status;
  return UnavailableError("no server at " + endpoint_ +
                          "; start it with `mlengine server --detach`");
}

Result<net::ClientResponse> Api::Call(const net::ClientRequest& request) {
  MLENGINE_RETURN_IF_ERROR(Connect());
  Result<net::ClientResponse> response = client_->Call(request);
  if (!response.ok()) {
    client_.reset();
    return Explain(response.status());
  }
  answered_ = true;
  return response;
}

Result<net::ClientResponse> Api::Stream(const net::ClientRequest& request,
                                        const std::function<bool(std::string_view)>& on_data,
                                        std::chrono::milliseconds silence) {
  MLENGINE_RETURN_IF_ERROR(Connect());
  Result<net::ClientResponse> response = client_->Stream(request, on_data, silence);
  if (!response.ok()) {
    client_.reset();
    return Explain(response.status());
  }
  return response;
}

Result<net::ClientResponse> Api::CallAgain(const net::ClientRequest& request) {
  for (int attempt = 1;; ++attempt) {
    Result<net::ClientResponse> response = Call(request);
    if (response.ok() && (response->status / 100 != 5 || response->status == 501)) return response;
    // Nobody has ever answered: say so at once.
    if (!response.ok() && !answered_) return response;
    if (attempt >= kAttempts) return response;
    session_.sleep(std::chrono::milliseconds(250 * attempt * attempt));
  }
}

Result<boost::json::value> Api::Json(const std::string& method, const std::string& target,
                                     const boost::json::value* body, net::Headers headers) {
  net::ClientRequest request;
  request.method = method;
  request.target = target;
  request.headers = std::move(headers);
  request.headers.Set("Accept", "application/json");
  if (body != nullptr) {
    request.headers.Set("Content-Type", "application/json");
    request.body = boost::json::serialize(*body);
  }
  MLENGINE_ASSIGN_OR_RETURN(const net::ClientResponse response, CallAgain(request));
  if (response.status / 100 != 2) return ErrorFromResponse(response);
  Result<boost::json::value> value = ParsePythonJson(response.body.empty() ? "{}" : response.body);
  if (!value.ok())
    return InternalError("the server's answer to " + method + " " + target + " is not JSON");
  return value;
}

}  // namespace mlengine::cli
