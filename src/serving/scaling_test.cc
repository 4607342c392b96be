#include "serving/scaling.h"

#include <gtest/gtest.h>

namespace mlengine::serving {
namespace {

using Step = Scaler::Step;

class ScalingTest : public testing::Test {
 protected:
  Step Look(int processes, int peak) {
    now_ += std::chrono::seconds(1);
    return scaler_.Look(bounds_, rules_, processes, peak, 2, now_);
  }
  const ScalingRules rules_{.crowded_looks = 2, .cool_down = std::chrono::seconds(3), .most = 4};
  ScalingBounds bounds_{.least = 0, .most = 3};
  Scaler scaler_;
  std::chrono::steady_clock::time_point now_ = std::chrono::steady_clock::now();
};

TEST_F(ScalingTest, GrowsWhenMoreWaitThanItWorksOnForTwoLooks) {
  EXPECT_EQ(Look(1, 3), Step::kStay);
  EXPECT_EQ(Look(1, 2), Step::kStay);  // a moment only
  EXPECT_EQ(Look(1, 3), Step::kStay);
  EXPECT_EQ(Look(1, 3), Step::kGrow);
  EXPECT_EQ(Look(2, 5), Step::kStay);
  EXPECT_EQ(Look(2, 5), Step::kGrow);
  EXPECT_EQ(Look(3, 40), Step::kStay);
  EXPECT_EQ(Look(3, 40), Step::kStay);  // as many as there may be
}

TEST_F(ScalingTest, ShrinksAfterItsCoolDownAndNeverToNone) {
  EXPECT_EQ(Look(3, 2), Step::kStay);
  EXPECT_EQ(Look(3, 5), Step::kStay);  // needed again: the cool-down begins anew
  EXPECT_EQ(Look(3, 2), Step::kStay);
  EXPECT_EQ(Look(3, 2), Step::kStay);
  EXPECT_EQ(Look(3, 2), Step::kStay);
  EXPECT_EQ(Look(3, 2), Step::kShrink);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Look(1, 0), Step::kStay);
}

TEST_F(ScalingTest, KeepsWhatTheVersionAsksFor) {
  bounds_ = {.least = 2, .most = 2};
  EXPECT_EQ(Look(0, 0), Step::kGrow);
  EXPECT_EQ(Look(1, 0), Step::kGrow);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Look(2, 0), Step::kStay);
  EXPECT_EQ(Look(3, 6), Step::kShrink);
}

TEST_F(ScalingTest, BoundsAreThoseOfTheVersion) {
  const auto of = [this](const ml::v1::Version& version) {
    const ScalingBounds bounds = BoundsOf(version, rules_);
    return std::pair(bounds.least, bounds.most);
  };
  ml::v1::Version version;
  EXPECT_EQ(of(version), std::pair(0, 4));
  version.set_framework(ml::v1::Version::TENSORFLOW);
  EXPECT_EQ(of(version), std::pair(0, 1));
  version.mutable_auto_scaling()->set_min_nodes(1);
  version.mutable_auto_scaling()->set_max_nodes(2);
  EXPECT_EQ(of(version), std::pair(1, 2));
  version.mutable_auto_scaling()->set_min_nodes(6);
  EXPECT_EQ(of(version), std::pair(6, 6));
  version.mutable_manual_scaling()->set_nodes(3);
  EXPECT_EQ(of(version), std::pair(3, 3));
}

}  // namespace
}  // namespace mlengine::serving
