#include "tensors/look_pace.h"

#include <gtest/gtest.h>

namespace mlengine::tensors {
namespace {

constexpr int kBorne = 3;  // looks in a row that find nothing, without a pause

// Waits until the next look is due, this one not counted.
int Pause(LookPace& pace) {
  int waits = 0;
  while (!pace.IsDue()) ++waits;
  return waits;
}

TEST(LookPace, GoesOnWhileLooksFind) {
  LookPace pace;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(pace.IsDue());
    pace.Looked(i % (kBorne + 1) == 0);
  }
}

TEST(LookPace, RestsTheLongerTheOftenerNothingIsFound) {
  LookPace pace;
  for (int i = 0; i < kBorne; ++i) {
    pace.Looked(false);
    EXPECT_EQ(Pause(pace), 0);
  }
  pace.Looked(false);
  int last = Pause(pace);
  EXPECT_GT(last, 0);
  int looks = 0;
  int waits = 0;
  for (int i = 0; i < 20; ++i) {
    pace.Looked(false);
    const int pause = Pause(pace);
    EXPECT_GE(pause, last);
    last = pause;
    ++looks;
    waits += pause + 1;
  }
  EXPECT_LT(looks, waits / 100);
}

TEST(LookPace, OneFindAndItLooksAgain) {
  LookPace pace;
  for (int i = 0; i < 50; ++i) {
    pace.Looked(false);
    Pause(pace);
  }
  pace.Looked(true);
  for (int i = 0; i < kBorne; ++i) {
    pace.Looked(false);
    EXPECT_EQ(Pause(pace), 0);
  }
}

}  // namespace
}  // namespace mlengine::tensors
