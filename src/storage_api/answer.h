// Answers of the storage API: JSON bodies and its own shape of errors.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "base/status.h"
#include "net/http.h"

namespace mlengine::storage_api {

// A request's JSON body may have this many bytes.
inline constexpr std::size_t kJsonLimit = 1U << 20;

// The HTTP status of an error: 412 for a failed condition, else the house's table.
int HttpStatusOf(const Status& status);

// {"error":{"code","message","errors":[{"message","domain":"global","reason"}]}}
net::Response ErrorAnswer(const Status& status);
net::Response ErrorAnswer(int http_status, std::string_view reason, const std::string& message);

// 200, cut to what the query's `fields` names. 400 for a broken `fields`.
net::Response JsonAnswer(const net::RequestHead& request, const boost::json::object& body);

}  // namespace mlengine::storage_api
