// JSON for people: two spaces a level, one member a line.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace mlengine::ml_api {

// Ends with a line break. Empty objects and lists stay on one line.
std::string PrettyJson(const boost::json::value& tree);

}  // namespace mlengine::ml_api
