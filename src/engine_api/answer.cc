#include "engine_api/answer.h"

#include <utility>

#include "wire/codec/error.h"

namespace mlengine::engine_api {

net::Response JsonAnswer(std::string body) {
  net::Response response;
  response.headers.Add("Content-Type", "application/json; charset=UTF-8");
  response.body = std::move(body);
  return response;
}

net::Response ErrorAnswer(const Status& status) {
  net::Response response = JsonAnswer(wire::ErrorBody(status));
  response.status = wire::HttpStatus(status.code());
  return response;
}

}  // namespace mlengine::engine_api
