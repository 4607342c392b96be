#include "insight/step_speed.h"

#include <gtest/gtest.h>

#include <string>

namespace mlengine::insight {
namespace {

std::string Line(int step) {
  return "step " + std::to_string(step);
}

// A line a step: 5 s until the first, the first three take a second more, then `each` seconds.
ProgressTrack Steps(int steps, double each, double& now) {
  ProgressTrack track;
  now = 5;
  for (int step = 1; step <= steps; ++step) {
    now += each + (step <= 3 ? 1 : 0);
    track.Add(now, Line(step));
  }
  return track;
}

TEST(StepSpeedTest, StartWarmUpStepsAndEndAreApart) {
  double now = 0;
  const ProgressTrack track = Steps(300, 0.02, now);
  const StepSpeed speed = *SpeedOf(track, now + 1.5);
  EXPECT_NEAR(speed.seconds_per_step, 0.02, 1e-9);
  EXPECT_NEAR(speed.steps_per_second(), 50, 1e-6);
  EXPECT_NEAR(speed.startup_seconds, 6, 1e-9);
  EXPECT_NEAR(speed.warm_up_seconds, 2, 1e-9);
  EXPECT_NEAR(*speed.end_seconds, 1.5, 1e-9);
  EXPECT_EQ(speed.pauses, 0);
  EXPECT_NEAR(speed.spread, 0, 1e-6);
  EXPECT_EQ(ConfidenceOf(speed), Confidence::kHigh);
  EXPECT_EQ(ConfidenceOf(speed, 0.2), Confidence::kMedium);  // others were busy meanwhile
  EXPECT_EQ(ConfidenceOf(speed, 0.5), Confidence::kLow);
}

TEST(StepSpeedTest, PausesAreNotPartOfTheSpeed) {
  ProgressTrack track;
  double now = 2;
  for (int step = 1; step <= 400; ++step) {
    track.Add(now += 0.02, Line(step));
    if (step % 50 == 0) now += 3;
  }
  const StepSpeed speed = *SpeedOf(track, {});
  EXPECT_NEAR(speed.seconds_per_step, 0.02, 1e-9);
  EXPECT_EQ(speed.pauses, 7);
  EXPECT_NEAR(speed.pause_seconds, 21, 1e-6);
  EXPECT_EQ(ConfidenceOf(speed), Confidence::kMedium);  // the end was not seen
}

TEST(StepSpeedTest, AHiccupAndASlowFirstHalfOfAWindowDoNotMoveTheMedian) {
  ProgressTrack track;
  double now = 2;
  for (int line = 1; line <= 50; ++line) track.Add(now += line == 25 ? 30 : 2, Line(line * 100));
  const StepSpeed speed = *SpeedOf(track, {});
  EXPECT_NEAR(speed.seconds_per_step, 0.02, 1e-9);
  EXPECT_EQ(speed.pauses, 1);
  EXPECT_NEAR(speed.startup_seconds, 2, 1e-9);
}

TEST(StepSpeedTest, ARunThatWentOnFromACheckpointCountsItsOwnSteps) {
  ProgressTrack track;
  for (int step = 5001; step <= 5100; ++step) track.Add(10 + (step - 5000) * 0.1, Line(step));
  const StepSpeed speed = *SpeedOf(track, {});
  EXPECT_NEAR(speed.startup_seconds, 10, 1e-6);
  EXPECT_NEAR(speed.seconds_per_step, 0.1, 1e-6);
}

TEST(StepSpeedTest, UnsteadyStepsHaveLowConfidence) {
  ProgressTrack track;
  double now = 0;
  for (int line = 1; line <= 40; ++line)
    track.Add(now += (line / 4) % 2 == 0 ? 1 : 3, Line(line * 10));
  EXPECT_EQ(ConfidenceOf(*SpeedOf(track, now)), Confidence::kLow);
}

TEST(StepSpeedTest, TooLittleIsASentence) {
  ProgressTrack track;
  EXPECT_EQ(SpeedOf(track, {}).status().code(), StatusCode::kNotFound);
  track.Add(1, "step 1");
  const Status few = SpeedOf(track, {}).status();
  EXPECT_EQ(few.code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(few.message(),
            "the output tells of 1 step, too few to measure a speed; 3 are the least");
}

TEST(StepSpeedTest, ThreeMarksAtOneMomentAreNotADivisionByZero) {
  ProgressTrack track;
  for (int step = 1; step <= 3; ++step) track.Add(1, Line(step));
  EXPECT_GT(SpeedOf(track, 1)->seconds_per_step, 0);
}

}  // namespace
}  // namespace mlengine::insight
