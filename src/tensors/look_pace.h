// LookPace: whether the next short wait is to look for what it waits for without sleeping
// (LookFor). It learns from what looks found, not from how long waits took: a wait that sleeps
// takes longer for it, so whoever slept once would never look again.
#pragma once

#include <algorithm>

namespace mlengine::tensors {

// One thread at a time.
class LookPace {
 public:
  // Asked once for each wait.
  bool IsDue() {
    if (pause_left_ == 0) return true;
    --pause_left_;
    return false;
  }
  // A look that was due has ended.
  void Looked(bool found) {
    if (found) {
      misses_ = 0;
      pause_ = kFirstPause;
    } else if (++misses_ >= kMisses) {
      pause_left_ = pause_;
      pause_ = std::min(2 * pause_, kLongestPause);
    }
  }

 private:
  // One in a row may be chance. After them each look in vain is paid by a longer pause, so that
  // looks for what never comes soon cost next to nothing.
  static constexpr int kMisses = 4;
  static constexpr int kFirstPause = 16;  // waits
  static constexpr int kLongestPause = 256;

  int misses_ = 0;  // in a row
  int pause_ = kFirstPause;
  int pause_left_ = 0;
};

}  // namespace mlengine::tensors
