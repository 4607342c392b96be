#include "insight/past_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::insight {
namespace {

using testing::HasSubstr;

constexpr Time kStart{Nanoseconds(1'514'862'245'000'000'000)};

Time After(double seconds) {
  return kStart + Nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

// Ten seconds to the first step, then 200 of them, a tenth of a second each.
PastRun Ran() {
  PastRun run(kStart);
  for (int step = 1; step <= 200; ++step)
    run.Add(After(10 + step * 0.1), "step " + std::to_string(step) + "/1000", "");
  return run;
}

TEST(PastRunTest, MeasuresByTheTimesOfTheEntries) {
  const Result<MeasuredRun> run = Ran().Measure("j", "STANDARD_1", After(40));
  ASSERT_TRUE(run.ok()) << run.status().ToString();
  EXPECT_NEAR(run->speed.seconds_per_step, 0.1, 1e-6);
  EXPECT_NEAR(*run->speed.end_seconds, 10, 1e-6);
  EXPECT_EQ(run->seconds, 40);
  EXPECT_EQ(run->told_total, 1000);
  EXPECT_EQ(run->unit, "step");
  EXPECT_EQ(run->tier, "STANDARD_1");
  EXPECT_EQ(run->where, "in job j");
}

TEST(PastRunTest, OneThatHasNotSucceededTellsNoEnd) {
  const Result<MeasuredRun> run = Ran().Measure("j", "", std::nullopt);
  ASSERT_TRUE(run.ok());
  EXPECT_FALSE(run->speed.end_seconds.has_value());
  EXPECT_NEAR(run->seconds, 30, 1e-6);
  EXPECT_EQ(run->tier, "BASIC");
}

TEST(PastRunTest, SaysWhyThereIsNoSpeed) {
  PastRun silent(kStart);
  silent.Add(After(1), "hello", "");
  const Result<MeasuredRun> run = silent.Measure("j", "", After(2));
  EXPECT_EQ(run.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(run.status().message(), HasSubstr("job j tells no speed"));
}

TEST(PastRunTest, FieldsTellStepsToo) {
  PastRun run(kStart);
  for (int step = 1; step <= 100; ++step)
    run.Add(After(step), "working", "{\"told\":\"step " + std::to_string(step) + "/100\"}");
  const Result<MeasuredRun> measured = run.Measure("j", "", std::nullopt);
  ASSERT_TRUE(measured.ok()) << measured.status().ToString();
  EXPECT_NEAR(measured->speed.seconds_per_step, 1, 1e-6);
}

}  // namespace
}  // namespace mlengine::insight
