// ParseRequest: a whole request out of bytes, by the library and the limits that a connection uses,
// without a socket. For tests.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"

namespace mlengine::net {

struct ParsedRequest {
  Request request;           // its body as far as it came
  bool complete = false;     // so was the whole body
  std::size_t consumed = 0;  // bytes of head and body
};

// Given to the parser in pieces of `piece` bytes. INVALID_ARGUMENT when the head is no HTTP, is
// longer than `header_limit`, or is not all there, or when the body's framing is broken.
Result<ParsedRequest> ParseRequest(std::string_view bytes, std::size_t piece,
                                   std::size_t header_limit = 64U << 10);

}  // namespace mlengine::net
