#include "serving/scaling.h"

#include <algorithm>

namespace mlengine::serving {

ScalingBounds BoundsOf(const ml::v1::Version& version, const ScalingRules& rules) {
  if (const int nodes = version.manual_scaling().nodes(); nodes > 0) return {nodes, nodes};
  const int least = std::max(0, version.auto_scaling().min_nodes());
  const int most = version.auto_scaling().max_nodes();
  const int unset = version.framework() == ml::v1::Version::TENSORFLOW ? 1 : rules.most;
  return {least, std::max({1, least, most > 0 ? most : unset})};
}

Scaler::Step Scaler::Look(const ScalingBounds& bounds, const ScalingRules& rules, int processes,
                          int peak, int slots, std::chrono::steady_clock::time_point now) {
  if (processes < bounds.least) return Step::kGrow;
  if (processes == 0) return Step::kStay;
  if (processes > bounds.most) return Step::kShrink;
  crowded_ = peak > processes * slots ? crowded_ + 1 : 0;
  const bool roomy = processes > std::max(1, bounds.least) && peak <= (processes - 1) * slots;
  if (!roomy) {
    roomy_since_ = {};
  } else if (roomy_since_ == std::chrono::steady_clock::time_point{}) {
    roomy_since_ = now;
  }
  if (crowded_ >= rules.crowded_looks && processes < bounds.most) {
    crowded_ = 0;
    return Step::kGrow;
  }
  if (roomy && now - roomy_since_ >= rules.cool_down) {
    roomy_since_ = now;
    return Step::kShrink;
  }
  return Step::kStay;
}

}  // namespace mlengine::serving
