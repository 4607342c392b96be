// The body of a change at our own doors: a small JSON object.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http.h"

namespace mlengine::engine_api {

// The object, all of whose names are in `names`. INVALID_ARGUMENT says what is wrong, with the
// nearest name.
Result<boost::json::object> ReadBody(const net::Request& request,
                                     const std::vector<std::string>& names);
// A text, or a whole number as text; "" when the name is absent. INVALID_ARGUMENT for other kinds.
Result<std::string> BodyText(const boost::json::object& body, std::string_view name);

}  // namespace mlengine::engine_api
