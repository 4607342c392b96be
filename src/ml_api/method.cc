#include "ml_api/method.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/number_text.h"
#include "ml_api/pretty_json.h"
#include "policy/job_validation.h"
#include "wire/codec/error.h"
#include "wire/codec/field_mask.h"
#include "wire/codec/json.h"

namespace mlengine::ml_api {
namespace {

// Of every method of the original's APIs; most mean nothing to this engine.
constexpr std::string_view kSystemParameters[] = {
    "access_token", "alt",       "callback",   "fields",          "key",    "oauth_token",
    "prettyPrint",  "quotaUser", "uploadType", "upload_protocol", "userIp", "xgafv",
};

std::string ToSnake(std::string_view lower_camel) {
  std::string snake;
  for (const char c : lower_camel) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper) snake += '_';
    snake += upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return snake;
}

// "$.xgafv", "$alt" and "alt" are the same parameter.
std::string_view WithoutDollar(std::string_view name) {
  if (name.starts_with("$.")) return name.substr(2);
  return name.starts_with('$') ? name.substr(1) : name;
}

std::string SystemParameter(const net::Request& request, std::string_view name) {
  for (const auto& [key, value] : request.query) {
    if (WithoutDollar(key) == name) return value;
  }
  return "";
}

net::Response JsonResponse(int status, std::string body) {
  net::Response response;
  response.status = status;
  response.headers.Set("Content-Type", "application/json; charset=UTF-8");
  response.body = std::move(body);
  return response;
}

}  // namespace

std::string Parameter(const net::Request& request, std::string_view lower_camel) {
  if (const auto value = request.Query(lower_camel)) return std::string(*value);
  return std::string(request.Query(ToSnake(lower_camel)).value_or(""));
}

Result<int> PageSize(const net::Request& request, int usual, int most) {
  const std::string text = Parameter(request, "pageSize");
  if (text.empty()) return usual;
  const auto size = ToNumber<int>(text);
  if (!size) {
    const std::string wrong = "Invalid value at 'page_size' (TYPE_INT32), \"" + text + "\"";
    return InvalidArgumentError(wrong).WithViolations({{"page_size", wrong}});
  }
  if (*size < 0) {
    return FieldError(StatusCode::kInvalidArgument, "page_size",
                      "The page size must be 1 to " + std::to_string(most) + ".");
  }
  return *size == 0 ? usual : std::min(*size, most);
}

Status FieldError(StatusCode code, std::string field, std::string description) {
  std::string message = "Field: " + field + " Error: " + description;
  return Status(code, std::move(message))
      .WithViolations({{std::move(field), std::move(description)}});
}

net::Response ErrorResponse(const Status& status) {
  return JsonResponse(wire::HttpStatus(status.code()), wire::ErrorBody(status));
}

Status CheckCall(const net::Request& request, const Parameters& parameters,
                 const google::protobuf::Descriptor& answer) {
  if (request.path_values.empty() || !policy::IsProjectId(request.path_values[0])) {
    return FieldError(StatusCode::kInvalidArgument, "name",
                      "A project id has 1 to 63 lowercase letters, digits, '-', '_', '.' and ':', "
                      "and begins with a letter or digit.");
  }
  std::vector<FieldViolation> unknown;
  std::string message;
  for (const auto& [name, value] : request.query) {
    const bool ours = std::any_of(parameters.begin(), parameters.end(), [&](const auto& known) {
      return name == known || name == ToSnake(known);
    });
    const auto* end = std::end(kSystemParameters);
    if (ours || std::find(std::begin(kSystemParameters), end, WithoutDollar(name)) != end) continue;
    const std::string text = "Invalid JSON payload received. Unknown name \"" + name +
                             "\": Cannot bind query parameter. Field '" + name +
                             "' could not be found in request message.";
    message += (message.empty() ? "" : "\n") + text;
    unknown.push_back({"", text});
  }
  if (!unknown.empty()) return InvalidArgumentError(message).WithViolations(std::move(unknown));
  const std::string alt = SystemParameter(request, "alt");
  if (!alt.empty() && alt != "json" && !alt.starts_with("json;")) {
    return FieldError(StatusCode::kInvalidArgument, "alt", "Only alt=json is answered.");
  }
  const std::string fields = SystemParameter(request, "fields");
  if (fields.empty()) return OkStatus();
  const Status selection = wire::FieldMask::Parse(fields, &answer).status();
  return selection.ok() ? OkStatus() : FieldError(selection.code(), "fields", selection.message());
}

net::Response AnswerResponse(const net::Request& request, const google::protobuf::Message& answer) {
  std::string body = wire::ToJson(answer);
  const std::string fields = SystemParameter(request, "fields");
  const bool pretty = SystemParameter(request, "prettyPrint") == "true";
  if (fields.empty() && !pretty) return JsonResponse(200, std::move(body));
  boost::json::value tree = boost::json::parse(body);
  if (!fields.empty()) {
    const Result<wire::FieldMask> wanted =
        wire::FieldMask::Parse(fields, answer.GetDescriptor());  // CheckCall saw it
    if (!wanted.ok()) return ErrorResponse(wanted.status());
    tree = wanted->Apply(tree);
  }
  return JsonResponse(200, pretty ? PrettyJson(tree) : boost::json::serialize(tree));
}

}  // namespace mlengine::ml_api
