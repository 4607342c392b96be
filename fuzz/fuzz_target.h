// FUZZ_TARGET(NAME): a function over any bytes that must hold for all of them. Built twice:
//
//   preset `fuzz`   one program fuzz_NAME each, in which libFuzzer makes up the bytes;
//   preset `asan`   all in one program fuzz_test, which replays fuzz/corpus/NAME and
//                   fuzz/regressions/NAME, so that a mended fault stays mended.
//
// A target is deterministic, writes nowhere but below TMPDIR, and keeps nothing from call to call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace mlengine::fuzz {

// The file that is replayed, to be named when it is the last one; empty under libFuzzer.
std::string& CurrentInput();

// Ends the program, and names what should have held, when it does not.
void Require(bool holds, const char* what);

// Of an error: it says something, and its code is one of these.
void RequireError(const Status& status, std::initializer_list<StatusCode> codes);
inline void RequireInvalid(const Status& status) {
  RequireError(status, {StatusCode::kInvalidArgument});
}

// Several inputs out of one. Texts are parted by lines "--8<--", so that a corpus can be read and
// written by hand; missing ones are empty, and the last one is all the rest.
std::vector<std::string> SplitInput(std::string_view bytes, std::size_t count);

using TargetFunction = void (*)(std::string_view bytes);

struct Target {
  Target(const char* name, TargetFunction function);
};
struct ListedTarget {
  std::string name;
  TargetFunction function;
};
// Those linked into this program.
std::vector<ListedTarget>& Targets();

}  // namespace mlengine::fuzz

#ifdef MLENGINE_LIBFUZZER
#define FUZZ_TARGET_ENTRY(name, function)                                             \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);  \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
    function({reinterpret_cast<const char*>(data), size});                            \
    return 0;                                                                         \
  }
#else
#define FUZZ_TARGET_ENTRY(name, function) \
  static const ::mlengine::fuzz::Target name##_entry(#name, function);
#endif

#define FUZZ_TARGET(name)                            \
  static void name##_target(std::string_view bytes); \
  FUZZ_TARGET_ENTRY(name, name##_target)             \
  static void name##_target(std::string_view bytes)
