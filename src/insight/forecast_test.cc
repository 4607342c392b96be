#include "insight/forecast.h"

#include <gtest/gtest.h>

namespace mlengine::insight {
namespace {

StepSpeed Measured() {
  StepSpeed speed;
  speed.first_step = 1;
  speed.last_step = 100;
  speed.steady_steps = 90;
  speed.seconds_per_step = 0.1;
  speed.startup_seconds = 8;
  speed.warm_up_seconds = 2;
  speed.pauses = 3;
  speed.pause_seconds = 9;
  speed.end_seconds = 4;
  speed.evaluation_seconds = 1.5;
  return speed;
}

TEST(ForecastTest, FixedCostsOnceAndTheRestByTheStep) {
  const Forecast forecast = ForecastOf(Measured(), 1000, {});
  EXPECT_DOUBLE_EQ(forecast.start, 10);
  EXPECT_DOUBLE_EQ(forecast.steps, 100);
  EXPECT_DOUBLE_EQ(forecast.pauses, 100);
  EXPECT_DOUBLE_EQ(forecast.evaluations, 0);
  EXPECT_DOUBLE_EQ(forecast.total(), 214);
}

TEST(ForecastTest, JudgingsRarerThanTheProfileAreAdded) {
  EXPECT_DOUBLE_EQ(ForecastOf(Measured(), 1000, 400).evaluations, 3.0);  // at 400 and 800
  EXPECT_DOUBLE_EQ(ForecastOf(Measured(), 1000, 500).evaluations, 1.5);  // that at 1000 is the end
  EXPECT_DOUBLE_EQ(ForecastOf(Measured(), 1000, 50).evaluations, 0.0);   // seen as pauses
}

TEST(ForecastTest, TheInputShareIsWhatOneCoreDoes) {
  EXPECT_FALSE(InputShare({1, 1}).has_value());
  EXPECT_FALSE(InputShare({1.1, 0.9}).has_value());  // others had the rest
  EXPECT_DOUBLE_EQ(*InputShare({4, 4}), 0);
  EXPECT_DOUBLE_EQ(*InputShare({4, 1}), 1);
  EXPECT_DOUBLE_EQ(*InputShare({4, 2.5}), 0.5);
  EXPECT_DOUBLE_EQ(*InputShare({4, 0.2}), 1);
  EXPECT_DOUBLE_EQ(*InputShare({2, 2.4}), 0);
  EXPECT_DOUBLE_EQ(CoresWanted(0.5, 4), 2.5);
  EXPECT_DOUBLE_EQ(CoresWanted(1, 4), 1);
}

TEST(ForecastTest, AmdahlsLawBoundsTheSpeedUp) {
  const Pool large{1000, 0.25, 1.0};
  EXPECT_DOUBLE_EQ(SpeedUp(ShapeOf(0, 1), large), 1);
  EXPECT_DOUBLE_EQ(SpeedUp(ShapeOf(4, 8), large), 1 / (0.25 + 0.75 / 4));
  EXPECT_LT(SpeedUp(ShapeOf(19, 31), large), 4);
}

TEST(ForecastTest, AndSoDoTheCores) {
  EXPECT_DOUBLE_EQ(SpeedUp(ShapeOf(4, 8), {2, 0, 1.6}), 1.25);
  EXPECT_DOUBLE_EQ(SpeedUp(ShapeOf(4, 8), {2, 0, 2.5}), 1);
  EXPECT_DOUBLE_EQ(SpeedUp(ShapeOf(4, 8), {2, 0, std::nullopt}), 2);
}

TEST(ForecastTest, ReplicasThatStartAtOnceShareTheCores) {
  const Forecast one{.start = 10, .steps = 100, .pauses = 5, .evaluations = 0, .end = 2};
  const Forecast cluster = ForecastOf(one, ShapeOf(4, 8), {2, 0, 1.0});
  EXPECT_DOUBLE_EQ(cluster.start, 40);
  EXPECT_DOUBLE_EQ(cluster.steps, 50);
  EXPECT_DOUBLE_EQ(cluster.total(), 97);
}

TEST(ForecastTest, AClustersTimesLeadBackToOneReplica) {
  const Forecast one{.start = 10, .steps = 100, .pauses = 5, .evaluations = 1, .end = 2};
  for (const Pool& pool : {Pool{2, 0, 1.0}, Pool{100, 0.25, std::nullopt}, Pool{2, 0.5, 2.0}}) {
    const Forecast back = OneReplicaOf(ForecastOf(one, ShapeOf(4, 8), pool), ShapeOf(4, 8), pool);
    EXPECT_DOUBLE_EQ(back.start, 10);
    EXPECT_DOUBLE_EQ(back.steps, 100);
    EXPECT_DOUBLE_EQ(back.total(), 118);
  }
}

}  // namespace
}  // namespace mlengine::insight
