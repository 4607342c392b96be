// FieldMask: the partial answer that the query parameter `fields` asks for:
// "items(name,size),prefixes", "jobs/trainingInput/region", "*" for all fields of a level. Pure.
#pragma once

#include <google/protobuf/descriptor.h>

#include <boost/json/value.hpp>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mlengine::wire {

class FieldMask {
 public:
  // INVALID_ARGUMENT for a text that is not a list of fields. With `type` also for what that
  // message does not have; then both spellings of a field are accepted.
  static Result<FieldMask> Parse(std::string_view text,
                                 const google::protobuf::Descriptor* type = nullptr);

  // The value with only the named fields; lists keep their elements.
  boost::json::value Apply(const boost::json::value& value) const;

  // Whether "items/crc32c" would be kept.
  bool Has(std::string_view path) const;

 private:
  friend class FieldMaskParser;
  bool all_ = false;                                     // everything below is kept
  std::map<std::string, FieldMask, std::less<>> below_;  // by JSON name
};

}  // namespace mlengine::wire
