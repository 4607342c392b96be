#include "wire/codec/error.h"

#include <boost/json.hpp>

#include "wire/codec/utf8.h"

namespace mlengine::wire {
namespace json = boost::json;

int HttpStatus(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return 200;
    case StatusCode::kInvalidArgument:
    case StatusCode::kFailedPrecondition:
    case StatusCode::kOutOfRange:
      return 400;
    case StatusCode::kUnauthenticated:
      return 401;
    case StatusCode::kPermissionDenied:
      return 403;
    case StatusCode::kNotFound:
      return 404;
    case StatusCode::kAlreadyExists:
    case StatusCode::kAborted:
      return 409;
    case StatusCode::kResourceExhausted:
      return 429;
    case StatusCode::kCancelled:
      return 499;
    case StatusCode::kUnimplemented:
      return 501;
    case StatusCode::kUnavailable:
      return 503;
    case StatusCode::kDeadlineExceeded:
      return 504;
    case StatusCode::kUnknown:
    case StatusCode::kInternal:
    case StatusCode::kDataLoss:
      return 500;
  }
  return 500;
}

namespace {

json::object Details(const Status& status) {
  json::array list;
  const bool quota = status.code() == StatusCode::kResourceExhausted;
  for (const FieldViolation& violation : status.violations()) {
    json::object item;
    if (!violation.field.empty()) item[quota ? "subject" : "field"] = ToValidUtf8(violation.field);
    item["description"] = ToValidUtf8(violation.description);
    list.push_back(std::move(item));
  }
  if (quota)
    return {{"@type", "type.googleapis.com/google.rpc.QuotaFailure"},
            {"violations", std::move(list)}};
  return {{"@type", "type.googleapis.com/google.rpc.BadRequest"},
          {"fieldViolations", std::move(list)}};
}

}  // namespace

std::string ErrorBody(const Status& status) {
  json::object error{{"code", HttpStatus(status.code())},
                     {"message", ToValidUtf8(status.message())},
                     {"status", std::string(StatusCodeName(status.code()))}};
  if (!status.violations().empty()) error["details"] = json::array{Details(status)};
  return json::serialize(json::object{{"error", std::move(error)}});
}

}  // namespace mlengine::wire
