#include "insight/metric_series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace mlengine::insight {
namespace {

using testing::ElementsAre;

MetricPoint At(std::int64_t step, double value = 0) {
  return {step, FromUnixNanos(step), value};
}

std::vector<std::int64_t> StepsOf(const std::vector<MetricPoint>& points) {
  std::vector<std::int64_t> out;
  for (const MetricPoint& point : points) out.push_back(point.step);
  return out;
}

TEST(MetricSeriesTest, StaysSmallWithTheFirstAndTheNewest) {
  MetricSeries series;
  for (std::int64_t step = 0; step < 100'000; ++step) {
    series.Add(At(step));
    if (step % 997 != 0) continue;
    const std::vector<std::int64_t> steps = StepsOf(series.Points());
    ASSERT_EQ(steps.front(), 0);
    ASSERT_EQ(steps.back(), step);
    ASSERT_TRUE(std::ranges::is_sorted(steps));
    ASSERT_LE(steps.size(), 2 * MetricSeries::kKept + 1);
    ASSERT_GE(steps.size(), std::min(MetricSeries::kKept, static_cast<std::size_t>(step) + 1));
  }
  EXPECT_EQ(series.summary().count, 100'000U);
}

TEST(MetricSeriesTest, SpacingIsEvenAndDoesNotDependOnWhoAsks) {
  MetricSeries series;
  for (std::int64_t step = 0; step < 5000; ++step) series.Add(At(step));
  const std::vector<std::int64_t> steps = StepsOf(series.Points());
  for (std::size_t i = 0; i + 1 < steps.size() - 1; ++i) ASSERT_EQ(steps[i + 1] - steps[i], 4);
}

TEST(MetricSeriesTest, TheSummaryIsOfAllValues) {
  MetricSeries series;
  for (std::int64_t step = 0; step < 10'000; ++step)
    series.Add(At(step, step == 5001 ? -7 : step == 7003 ? 9 : 0));
  series.Add(At(20'000, std::nan("")));
  series.Add(At(20'001, HUGE_VAL));
  EXPECT_EQ(series.summary().least, -7);
  EXPECT_EQ(series.summary().greatest, 9);
  EXPECT_EQ(series.summary().not_finite, 2U);
  EXPECT_EQ(series.summary().first_not_finite, 20'000);
  MetricSummary sum;
  sum.Add(series.summary());
  sum.Add(MetricSummary{.count = 1, .least = -8, .greatest = -8});
  EXPECT_EQ(sum.count, 10'003U);
  EXPECT_EQ(sum.least, -8);
  EXPECT_EQ(sum.greatest, 9);
}

TEST(MetricSeriesTest, ARestartedProgramsStepsReplaceThoseBefore) {
  MetricSeries first;
  MetricSeries second;
  for (const std::int64_t step : {0, 10, 20, 30}) first.Add(At(step, 1));
  for (const std::int64_t step : {20, 30, 40}) second.Add(At(step, 2));
  const std::vector<MetricPoint> points = MergedPoints({&first, &second});
  EXPECT_THAT(StepsOf(points), ElementsAre(0, 10, 20, 30, 40));
  EXPECT_EQ(points[1].value, 1);
  EXPECT_EQ(points[2].value, 2);
  EXPECT_EQ(points[3].value, 2);
}

TEST(MetricSeriesTest, ValuesOfOneStepInOneFileAllStay) {
  MetricSeries series;
  for (const double value : {3, 1, 2}) series.Add(At(0, value));
  const std::vector<MetricPoint> points = MergedPoints({&series});
  ASSERT_EQ(points.size(), 3U);
  EXPECT_EQ(points[0].value, 3);
  EXPECT_EQ(points[2].value, 2);
}

TEST(MetricSeriesTest, ThinnedKeepsTheEnds) {
  std::vector<MetricPoint> points;
  for (std::int64_t step = 0; step < 11; ++step) points.push_back(At(step));
  EXPECT_THAT(StepsOf(Thinned(points, 3)), ElementsAre(0, 5, 10));
  EXPECT_THAT(StepsOf(Thinned(points, 2)), ElementsAre(0, 10));
  EXPECT_THAT(StepsOf(Thinned(points, 1)), ElementsAre(10));
  EXPECT_THAT(StepsOf(Thinned(points, 0)), ElementsAre());
  EXPECT_EQ(Thinned(points, 11).size(), 11U);
  for (std::size_t most = 2; most < 12; ++most) {
    const std::vector<std::int64_t> steps = StepsOf(Thinned(points, most));
    EXPECT_EQ(steps.size(), std::min<std::size_t>(most, 11));
    EXPECT_TRUE(std::ranges::adjacent_find(steps) == steps.end());
  }
}

}  // namespace
}  // namespace mlengine::insight
