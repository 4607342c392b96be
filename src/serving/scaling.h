// Scaling: how many processes a version should have, by what was seen of its load. Pure.
#pragma once

#include <chrono>

#include "mlengine/ml/v1/model.pb.h"

namespace mlengine::serving {

struct ScalingRules {
  int crowded_looks = 2;               // in a row, before one more process
  std::chrono::seconds cool_down{60};  // with room to spare, before one less
  // Where the version sets no bound of its own. One process with TensorFlow uses all processors
  // by itself; of Python workers each runs one request at a time.
  int most = 4;
};

struct ScalingBounds {
  int least = 0;  // kept also when nobody asks
  int most = 1;   // at least 1
};
// manualScaling: exactly so many; autoScaling: minNodes to maxNodes.
ScalingBounds BoundsOf(const ml::v1::Version& version, const ScalingRules& rules);

// One version's; told at every look, it says what to do now.
class Scaler {
 public:
  enum class Step { kStay, kGrow, kShrink };

  // `peak` is the most requests that were under way at once since the last look; `slots` how many
  // one process works on at once. With no process there is nothing to say unless some are to be
  // kept.
  Step Look(const ScalingBounds& bounds, const ScalingRules& rules, int processes, int peak,
            int slots, std::chrono::steady_clock::time_point now);

 private:
  int crowded_ = 0;                                      // looks in a row
  std::chrono::steady_clock::time_point roomy_since_{};  // the epoch: not now
};

}  // namespace mlengine::serving
