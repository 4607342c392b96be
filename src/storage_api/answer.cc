#include "storage_api/answer.h"

#include <boost/json.hpp>

#include "wire/codec/error.h"
#include "wire/codec/field_mask.h"
#include "wire/codec/utf8.h"

namespace mlengine::storage_api {
namespace json = boost::json;

namespace {

bool IsConditionFailure(const Status& status) {
  return status.code() == StatusCode::kFailedPrecondition && !status.violations().empty() &&
         status.violations().front().field == "condition";
}

std::string_view ReasonOf(int http_status) {
  switch (http_status) {
    case 400:
      return "invalid";
    case 403:
      return "forbidden";
    case 404:
      return "notFound";
    case 409:
      return "conflict";
    case 412:
      return "conditionNotMet";
    case 413:
      return "uploadTooLarge";
    case 416:
      return "requestedRangeNotSatisfiable";
    case 429:
      return "rateLimitExceeded";
    case 501:
      return "notImplemented";
    default:
      return "backendError";
  }
}

}  // namespace

int HttpStatusOf(const Status& status) {
  return IsConditionFailure(status) ? 412 : wire::HttpStatus(status.code());
}

net::Response ErrorAnswer(const Status& status) {
  const int code = HttpStatusOf(status);
  return ErrorAnswer(code, ReasonOf(code), status.message());
}

net::Response ErrorAnswer(int http_status, std::string_view reason, const std::string& words) {
  const std::string message = wire::ToValidUtf8(words);  // a name in it may be any bytes
  net::Response response;
  response.status = http_status;
  response.headers.Add("Content-Type", "application/json; charset=UTF-8");
  json::object detail{{"message", message}, {"domain", "global"}, {"reason", reason}};
  if (http_status == 412) {
    detail["locationType"] = "header";
    detail["location"] = "If-Match";
  }
  response.body = json::serialize(
      json::object{{"error", json::object{{"code", http_status},
                                          {"message", message},
                                          {"errors", json::array{std::move(detail)}}}}});
  return response;
}

net::Response JsonAnswer(const net::RequestHead& request, const json::object& body) {
  net::Response response;
  response.headers.Add("Content-Type", "application/json; charset=UTF-8");
  const auto fields = request.Query("fields");
  if (!fields || fields->empty()) {
    response.body = json::serialize(body);
    return response;
  }
  const Result<wire::FieldMask> mask = wire::FieldMask::Parse(*fields);
  if (!mask.ok()) return ErrorAnswer(mask.status());
  response.body = json::serialize(mask->Apply(body));
  return response;
}

}  // namespace mlengine::storage_api
