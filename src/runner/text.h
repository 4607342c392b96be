// Text from the bytes of programs: what goes into the status record must be UTF-8 and short. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mlengine::runner {

// Bytes that are not UTF-8 become U+FFFD.
std::string ToUtf8(std::string_view bytes);

// The last Python traceback in `text`, from its first line to its exception line (with indented
// lines that follow it), as UTF-8 of at most `limit` bytes with "[...]" for a middle that was left
// out. Empty when there is none.
std::string LastTraceback(std::string_view text, std::size_t limit = 8192);

// The interpreter's own one-line complaint ("/usr/bin/python3: No module named trainer") when the
// last line of `text` is one; else empty.
std::string InterpreterComplaint(std::string_view text, std::string_view interpreter);

// The last line that is not empty, as UTF-8 of at most 4 KiB.
std::string LastLine(std::string_view text);

}  // namespace mlengine::runner
