// Clock: where the time of day comes from. Time is an argument everywhere above: model, policy and
// the planner never ask for it, and tests turn a FakeClock by hand (base/testing/fake_clock.h).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mlengine {

using Nanoseconds = std::chrono::nanoseconds;
// A moment, in nanoseconds since 1970-01-01T00:00:00Z.
using Time = std::chrono::sys_time<Nanoseconds>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time Now() const = 0;
};

// The machine's clock. The object lives for the whole process.
Clock& SystemClock();

inline long long ToUnixNanos(Time t) {
  return t.time_since_epoch().count();
}
inline Time FromUnixNanos(long long n) {
  return Time(Nanoseconds(n));
}

// "2018-01-02T03:04:05.123456789Z": always nine digits, so that the strings sort as the moments do.
std::string FormatTimeNanos(Time t);
// "2018-01-02T03:04:05Z": cut (not rounded) to whole seconds.
std::string FormatTimeSeconds(Time t);
// RFC 3339, 0 to 9 digits; the ends of Time for what lies beyond. INVALID_ARGUMENT otherwise.
Result<Time> ParseTime(std::string_view text);

}  // namespace mlengine
