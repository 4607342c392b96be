#include "base/usual_time.h"

#include <gtest/gtest.h>

namespace mlengine {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

void Take(UsualTime& usual, std::chrono::nanoseconds time, int times) {
  for (int i = 0; i < times; ++i) usual.Took(time);
}

TEST(UsualTime, FindsWhatIsUsualFromFarAway) {
  UsualTime usual(milliseconds(1));
  Take(usual, microseconds(20), 60);
  EXPECT_NEAR(static_cast<double>(usual.get().count()), 20'000, 2'000);
  Take(usual, milliseconds(3), 60);
  EXPECT_NEAR(static_cast<double>(usual.get().count()), 3'000'000, 300'000);
}

TEST(UsualTime, OneThatWaitedCountsForLittle) {
  UsualTime usual(microseconds(20));
  for (int i = 0; i < 100; ++i) {
    usual.Took(milliseconds(4));
    EXPECT_LE(usual.get(), microseconds(30));
    Take(usual, microseconds(20), 4);
  }
}

TEST(UsualTime, LeavesZeroAgain) {
  UsualTime usual(microseconds(0));
  Take(usual, microseconds(0), 100);
  Take(usual, microseconds(100), 60);
  EXPECT_GE(usual.get(), microseconds(80));
}

}  // namespace
}  // namespace mlengine
