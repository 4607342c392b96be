// A JSON text, taken strictly: RFC 8259 and nothing more, and no name twice in one object.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace mlengine::wire {

// Objects and lists within each other, the outermost counted.
inline constexpr std::size_t kJsonDepthLimit = 32;

// INVALID_ARGUMENT says what is wrong and shows the place:
//   Invalid JSON payload received. Unexpected token.
//   {"jobId": job1}
//             ^
// Refused besides bad syntax: comments, trailing commas, single quotes, a name given twice, invalid
// UTF-8, numbers beyond a double, nesting deeper than kJsonDepthLimit.
Result<boost::json::value> ParseStrictJson(std::string_view text);

}  // namespace mlengine::wire
