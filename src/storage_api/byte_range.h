// Byte ranges: the Range of a download and the Content-Range of an upload's piece. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace mlengine::storage_api {

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;  // bytes
};

// What to send of `size` bytes. Nothing: the whole (no Range, or one of another form, which HTTP
// lets a server ignore). OUT_OF_RANGE when it lies beyond the end.
Result<std::optional<ByteRange>> ParseRange(std::optional<std::string_view> header,
                                            std::uint64_t size);

// "bytes 0-99/1000", "bytes 0-99/*", "bytes */1000" or "bytes */*".
struct ContentRange {
  bool query = false;       // "bytes */…": what is there?
  std::uint64_t first = 0;  // unless query
  std::uint64_t last = 0;   // inclusive, unless query
  std::optional<std::uint64_t> total;
};
Result<ContentRange> ParseContentRange(std::string_view header);

}  // namespace mlengine::storage_api
