// JSON as Python writes it: with NaN, Infinity and -Infinity where a model answered them. Pure.
#pragma once

#include <boost/json/value.hpp>
#include <string_view>

#include "base/result.h"

namespace mlengine::cli {

// INVALID_ARGUMENT for what is no JSON otherwise either.
Result<boost::json::value> ParsePythonJson(std::string_view text);

}  // namespace mlengine::cli
