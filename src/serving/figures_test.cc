#include "serving/figures.h"

#include <gtest/gtest.h>

namespace mlengine::serving {
namespace {

using std::chrono::milliseconds;

TEST(FiguresTest, RequestsAreCountedByWhatBecameOfThem) {
  FigureKeeper keeper;
  for (int i = 0; i < 90; ++i) keeper.CountRequest(Outcome::kAnswered, milliseconds(3), 2);
  for (int i = 0; i < 10; ++i) keeper.CountRequest(Outcome::kAnswered, milliseconds(300), 1);
  keeper.CountRequest(Outcome::kRefused, milliseconds(1), 0);
  keeper.CountRequest(Outcome::kTooMany, milliseconds(0), 0);
  const VersionFigures figures = keeper.Get();
  EXPECT_EQ(figures.outcomes[static_cast<std::size_t>(Outcome::kAnswered)], 100U);
  EXPECT_EQ(figures.outcomes[static_cast<std::size_t>(Outcome::kRefused)], 1U);
  EXPECT_EQ(figures.outcomes[static_cast<std::size_t>(Outcome::kTooMany)], 1U);
  EXPECT_EQ(figures.instances, 190U);
  EXPECT_NEAR(figures.latency.sum, 90 * 0.003 + 10 * 0.3, 1e-9);
  EXPECT_GT(Quantile(figures.latency, 0.5), 0.0025);
  EXPECT_LE(Quantile(figures.latency, 0.5), 0.00315);
  EXPECT_GT(Quantile(figures.latency, 0.95), 0.25);
  EXPECT_LE(Quantile(figures.latency, 0.99), 0.315);

  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  for (const TrafficPoint& point : figures.traffic) {
    requests += point.requests;
    errors += point.errors;
  }
  EXPECT_EQ(requests, 102U);
  EXPECT_EQ(errors, 1U);
}

TEST(FiguresTest, TheBoundsHaveTheRoundNumbersThatAreShown) {
  EXPECT_DOUBLE_EQ(kLatencyBounds[0], 0.0001);
  EXPECT_DOUBLE_EQ(kLatencyBounds[13], 0.002);
  EXPECT_DOUBLE_EQ(kLatencyBounds[47], 5 * 0.0001 * 1e4);
  LatencyHistogram histogram;
  Observe(histogram, 0.0001);  // at most its bound
  Observe(histogram, 1000);
  EXPECT_EQ(histogram.counts.front(), 1U);
  EXPECT_EQ(histogram.counts.back(), 1U);
  EXPECT_EQ(Quantile(LatencyHistogram(), 0.5), 0);
}

TEST(FiguresTest, RunsAreCountedByTheirInstances) {
  FigureKeeper keeper;
  keeper.CountRun(1, 1);
  keeper.CountRun(12, 5);
  const VersionFigures figures = keeper.Get();
  EXPECT_EQ(figures.batches.counts[0], 1U);
  EXPECT_EQ(figures.batches.counts[4], 1U);  // 9 to 16
  EXPECT_EQ(figures.joined, 5U);
}

}  // namespace
}  // namespace mlengine::serving
