// UsualTime: what something usually takes, learnt from each time that it was done. Near the median:
// one that was kept waiting, by whatever else the processors had to do, moves it by a quarter at
// most. A mean would hold such a one for a long time against what is short.
#pragma once

#include <algorithm>
#include <chrono>

namespace mlengine {

// One thread at a time.
class UsualTime {
 public:
  explicit UsualTime(std::chrono::nanoseconds first) : usual_(std::max(first, kLeast)) {}

  void Took(std::chrono::nanoseconds time) {
    const std::chrono::nanoseconds most = usual_ / 4;
    usual_ = std::max(kLeast, usual_ + std::clamp((time - usual_) / 4, -most, most));
  }
  std::chrono::nanoseconds get() const { return usual_; }

 private:
  static constexpr std::chrono::nanoseconds kLeast{100};

  std::chrono::nanoseconds usual_;
};

}  // namespace mlengine
