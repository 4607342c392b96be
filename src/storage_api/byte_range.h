// Byte ranges: the Range of a download (net/byte_range.h) and the Content-Range of an upload's
// piece. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "net/byte_range.h"

namespace mlengine::storage_api {

using net::ByteRange;
using net::ParseRange;

// "bytes 0-99/1000", "bytes 0-99/*", "bytes */1000" or "bytes */*".
struct ContentRange {
  bool query = false;       // "bytes */…": what is there?
  std::uint64_t first = 0;  // unless query
  std::uint64_t last = 0;   // inclusive, unless query
  std::optional<std::uint64_t> total;
};
Result<ContentRange> ParseContentRange(std::string_view header);

}  // namespace mlengine::storage_api
