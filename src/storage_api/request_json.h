// JSON bodies of requests, and the typed reading of their members.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mlengine::storage_api {

// The object in `text`; an empty text is an empty object. Strings may also stand in single quotes,
// as TensorFlow's compose call writes them. INVALID_ARGUMENT says where it is broken.
Result<boost::json::object> ParseJsonBody(std::string_view text);

// The member, or nothing when it is absent or null. INVALID_ARGUMENT names it when it has another
// type. A number may stand in a string.
Result<std::optional<std::string>> StringMember(const boost::json::object& object,
                                                std::string_view key);
Result<std::optional<std::int64_t>> NumberMember(const boost::json::object& object,
                                                 std::string_view key);
Result<const boost::json::object*> ObjectMember(const boost::json::object& object,
                                                std::string_view key);

// A whole number of a query parameter. INVALID_ARGUMENT names the parameter.
Result<std::int64_t> ParseNumber(std::string_view name, std::string_view text);

}  // namespace mlengine::storage_api
