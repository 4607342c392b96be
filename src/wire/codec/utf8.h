// UTF-8 as JSON requires it: texts that reach an answer must be valid, whatever bytes came in.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mlengine::wire {

// Length in bytes of the longest valid UTF-8 at the start of `text` (RFC 3629: no overlong forms,
// no surrogates, at most U+10FFFF); text.size() when all of it is valid.
std::size_t ValidUtf8Prefix(std::string_view text);

// `text` with U+FFFD in place of every byte that is not part of valid UTF-8.
std::string ToValidUtf8(std::string_view text);

}  // namespace mlengine::wire
