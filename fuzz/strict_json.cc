// Any text as JSON: what is taken is JSON to others too, and says the same when written again.
#include "wire/codec/strict_json.h"

#include <algorithm>
#include <boost/json.hpp>

#include "fuzz_target.h"
#include "same_json.h"
#include "wire/codec/utf8.h"

namespace mlengine::fuzz {
namespace {

std::size_t DepthOf(const boost::json::value& value) {
  std::size_t deepest = 0;
  if (value.is_object()) {
    for (const auto& member : value.get_object())
      deepest = std::max(deepest, DepthOf(member.value()));
    return deepest + 1;
  }
  if (value.is_array()) {
    for (const auto& one : value.get_array()) deepest = std::max(deepest, DepthOf(one));
    return deepest + 1;
  }
  return 0;
}

}  // namespace

FUZZ_TARGET(strict_json) {
  const Result<boost::json::value> value = wire::ParseStrictJson(bytes);
  const std::string valid = wire::ToValidUtf8(bytes);
  Require(wire::ValidUtf8Prefix(valid) == valid.size(), "ToValidUtf8 gives UTF-8");
  if (!value.ok()) {
    RequireInvalid(value.status());
    const std::string& message = value.status().message();
    Require(wire::ValidUtf8Prefix(message) == message.size(), "the message is UTF-8");
    return;
  }
  Require(valid == bytes, "only UTF-8 is taken");
  Require(DepthOf(*value) <= wire::kJsonDepthLimit, "no deeper than the limit");
  boost::json::error_code error;
  const boost::json::value lenient = boost::json::parse(bytes, error);
  Require(!error && SameJson(lenient, *value), "a lenient reader sees the same");
  const Result<boost::json::value> again = wire::ParseStrictJson(boost::json::serialize(*value));
  Require(again.ok() && SameJson(*again, *value), "written and read again it is the same");
}

}  // namespace mlengine::fuzz
