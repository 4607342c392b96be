// The report of a fire drill for people, by the server's JSON of it. Pure.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace mlengine::cli {

// Lines of a table, what happened first; what the report does not have yet is left out.
std::string DrillText(const boost::json::value& report);

}  // namespace mlengine::cli
