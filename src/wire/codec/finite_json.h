// AllFinite: for JSON that was read by the library's own, lenient parser and is written again. It
// takes 1e999 for infinite, and writes that as no JSON. Pure.
#pragma once

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cmath>

namespace mlengine::wire {

// Whether every number in the tree is finite.
inline bool AllFinite(const boost::json::value& value) {
  if (value.is_double()) return std::isfinite(value.get_double());
  if (value.is_array()) return std::ranges::all_of(value.get_array(), AllFinite);
  return !value.is_object() || std::ranges::all_of(value.get_object(), [](const auto& member) {
    return AllFinite(member.value());
  });
}

}  // namespace mlengine::wire
