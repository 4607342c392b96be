// FakeClock: a clock that a test turns by hand.
#pragma once

#include <atomic>

#include "base/clock.h"

namespace mlengine {

class FakeClock final : public Clock {
 public:
  explicit FakeClock(Time now = FromUnixNanos(1'514'862'245'000'000'000))
      : now_(now) {}  // 2018-01-02T03:04:05Z
  Time Now() const override { return now_.load(); }
  void Set(Time now) { now_.store(now); }
  void Advance(Nanoseconds by) { now_.store(now_.load() + by); }

 private:
  std::atomic<Time> now_;
};

}  // namespace mlengine
