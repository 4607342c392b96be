// Method: the frame that every method of the ML API shares. It checks the project of the path and
// the query's parameters, runs the call, and encodes the answer or the error.
#pragma once

#include <google/protobuf/message.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http.h"

namespace mlengine::ml_api {

// Query parameters of one method, in lowerCamel ("pageSize"); snake_case is understood as well.
// Those of every method (alt, fields, key, prettyPrint …) are not named.
using Parameters = std::vector<std::string>;

// For a route whose first path variable is the project.
template <typename Answer>
net::Handler Method(Parameters parameters,
                    std::function<Status(const net::Request&, Answer&)> call);

// The value of a parameter in either spelling; "" when it is absent.
std::string Parameter(const net::Request& request, std::string_view lower_camel);
// `pageSize`: 0 or absent means `usual`, more than `most` means `most`. INVALID_ARGUMENT for what
// is not a number or is negative.
Result<int> PageSize(const net::Request& request, int usual, int most);

// `Field: name Error: …` with its violation.
Status FieldError(StatusCode code, std::string field, std::string description);

net::Response ErrorResponse(const Status& status);

// INVALID_ARGUMENT for a project that is none, for parameters that the method does not have, and
// for `fields` that its answer does not have: all before anything is done.
Status CheckCall(const net::Request& request, const Parameters& parameters,
                 const google::protobuf::Descriptor& answer);
// The answer as JSON, cut to `fields` and indented when `prettyPrint` says so.
net::Response AnswerResponse(const net::Request& request, const google::protobuf::Message& answer);

template <typename Answer>
net::Handler Method(Parameters parameters,
                    std::function<Status(const net::Request&, Answer&)> call) {
  return [parameters = std::move(parameters), call = std::move(call)](net::Request& request) {
    Answer answer;
    Status status = CheckCall(request, parameters, *Answer::descriptor());
    if (status.ok()) status = call(request, answer);
    return status.ok() ? AnswerResponse(request, answer) : ErrorResponse(status);
  };
}

}  // namespace mlengine::ml_api
