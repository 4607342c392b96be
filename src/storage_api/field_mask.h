// FieldMask: the query parameter `fields`, a partial answer: "items(name,size),prefixes",
// "items/name", "*". Pure.
#pragma once

#include <boost/json/value.hpp>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mlengine::storage_api {

class FieldMask {
 public:
  // INVALID_ARGUMENT for a text that is not a list of fields.
  static Result<FieldMask> Parse(std::string_view text);

  // The value with only the named fields; lists keep their elements.
  boost::json::value Apply(const boost::json::value& value) const;

  // Whether "items/crc32c" would be kept.
  bool Has(std::string_view path) const;

 private:
  bool all_ = false;  // everything below is kept
  std::map<std::string, FieldMask, std::less<>> below_;

  static Status ParseList(std::string_view& text, FieldMask& into, int depth);
};

}  // namespace mlengine::storage_api
