// Whether two JSON values are the same, but for a double's last digits.
#pragma once

#include <boost/json/value.hpp>

namespace mlengine::fuzz {

// The library reads long numbers not to the last bit, and takes one beyond a double for infinite.
bool SameJson(const boost::json::value& a, const boost::json::value& b);

}  // namespace mlengine::fuzz
