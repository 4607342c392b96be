// What is wrong with a JSON tree as the proto3 JSON of a message type. Pure.
#pragma once

#include <google/protobuf/descriptor.h>

#include <boost/json/value.hpp>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace mlengine::wire {

// At most so many violations are listed; one more then says how many places are not.
inline constexpr int kViolationLimit = 50;

// One violation per wrong place, in the order of the text; none when the tree fits. Accepted: names
// in lowerCamel and snake_case, null for "unset", 64-bit and other integers as numbers or decimal
// strings, doubles as numbers or strings, enums by name or known number. A single value does not
// stand for a list. The insides of google.protobuf types other than Timestamp and Duration are left
// to the conversion.
std::vector<FieldViolation> CheckJson(const boost::json::value& tree,
                                      const google::protobuf::Descriptor& type,
                                      std::string_view root);

}  // namespace mlengine::wire
