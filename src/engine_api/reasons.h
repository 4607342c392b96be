// Reasons as JSON, for people and for programs.
#pragma once

#include <boost/json/object.hpp>
#include <vector>

#include "policy/reason.h"

namespace mlengine::engine_api {

// Adds "sentences":["…"] and, in the same order, "reasons":[{"code":"HELD_BY","values":{"jobs":"a",
// …}}, …]; of a reason without a code {}.
void AddReasons(const std::vector<policy::Reason>& reasons, boost::json::object& out);

}  // namespace mlengine::engine_api
