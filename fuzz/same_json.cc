#include "same_json.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

namespace mlengine::fuzz {

bool SameJson(const boost::json::value& a, const boost::json::value& b) {
  if (a.kind() != b.kind()) return false;
  if (a.is_object()) {
    const auto& left = a.get_object();
    const auto& right = b.get_object();
    return std::ranges::equal(left, right, [](const auto& x, const auto& y) {
      return x.key() == y.key() && SameJson(x.value(), y.value());
    });
  }
  if (a.is_array()) return std::ranges::equal(a.get_array(), b.get_array(), SameJson);
  if (!a.is_double()) return a == b;
  const double left = a.get_double();
  if (!std::isfinite(left)) return left == b.get_double();
  // The library's own reader is off by more near the smallest numbers.
  return std::abs(left - b.get_double()) <= std::abs(left) * 1e-14 + 1e-300;
}

}  // namespace mlengine::fuzz
