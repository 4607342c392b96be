// Answers of our own doors: JSON, and errors in the API's form.
#pragma once

#include <string>

#include "base/status.h"
#include "net/http.h"

namespace mlengine::engine_api {

net::Response JsonAnswer(std::string body);
// `status` is an error.
net::Response ErrorAnswer(const Status& status);

}  // namespace mlengine::engine_api
