// The Range of a request: which bytes of an answer are wanted. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace mlengine::net {

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;  // bytes
};

// What to send of `size` bytes. Nothing: the whole (no Range, or one of another form, which HTTP
// lets a server ignore). OUT_OF_RANGE when it lies beyond the end.
Result<std::optional<ByteRange>> ParseRange(std::optional<std::string_view> header,
                                            std::uint64_t size);

}  // namespace mlengine::net
