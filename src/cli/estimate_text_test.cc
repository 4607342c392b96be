#include "cli/estimate_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace mlengine::cli {
namespace {

using insight::EstimateInput;
using insight::EstimateReport;
using insight::MeasuredRun;
using testing::HasSubstr;
using testing::Not;

boost::json::object Plan(const std::string& replicas, double per_hour) {
  return boost::json::parse(R"({"region":"us-central1","replicas":)" + replicas +
                            R"(,"price":{"list":"l","currency":"USD","text":"x USD/h","perHour":)" +
                            std::to_string(per_hour) + R"(},"pool":{"slots":2}})")
      .as_object();
}

MeasuredRun Measured(const std::string& tier, double seconds_per_step) {
  MeasuredRun run;
  run.speed.first_step = 1;
  run.speed.last_step = 100;
  run.speed.steady_steps = 95;
  run.speed.seconds_per_step = seconds_per_step;
  run.speed.startup_seconds = 10;
  run.speed.end_seconds = 5;
  run.unit = "step";
  run.tier = tier;
  run.where = "here";
  run.seconds = 20;
  return run;
}

EstimateInput Input() {
  EstimateInput input;
  input.steps = 3450;
  input.steps_source = "--steps";
  input.cores = 2;
  input.runs = {Measured("BASIC", 0.1)};
  input.runs[0].cores = insight::CoreUse{2, 1.5};
  input.plans = {
      {"BASIC", Plan(R"([{"role":"master","count":1}])", 0.36), ""},
      {"STANDARD_1",
       Plan(R"([{"role":"master","count":1},{"role":"worker","count":4},{"role":"ps","count":3}])",
            3.6),
       ""},
      {"BASIC_GPU",
       Plan(R"([{"role":"master","count":1,"accelerators":{"type":"NVIDIA_TESLA_K80","count":1}}])",
            1.2),
       ""},
      {"PREMIUM_1", {}, "too\nlarge"}};
  return input;
}

TEST(EstimateTextTest, TheTextHasTheTableTheArithmeticAndTheLimits) {
  const std::string text = EstimateText(EstimateReport::Of(Input()));
  EXPECT_THAT(text, HasSubstr("3450 steps (--steps) in region us-central1, price list l\n"));
  EXPECT_THAT(text, HasSubstr("BASIC       1         6 min 0 s  0.0360 USD"));
  EXPECT_THAT(text, HasSubstr("fastest; at best\n"));
  EXPECT_THAT(text, HasSubstr("i = 50 % is the input-pipeline share, measured"));
  EXPECT_THAT(text, HasSubstr("What it cannot know\n"));
  EXPECT_THAT(text, HasSubstr("while it was measured others used 0.0 of its 2 cores"));
  EXPECT_THAT(text, HasSubstr("pauses that come less often than every 100 steps"));
}

TEST(EstimateTextTest, AnUnseenEndAndAnAssumedShareAreSaid) {
  EstimateInput input = Input();
  input.runs[0].speed.end_seconds.reset();
  input.runs[0].cores.reset();
  input.evaluation_interval = 400;
  const std::string text = EstimateText(EstimateReport::Of(input));
  EXPECT_THAT(text, HasSubstr("end not seen, taken as 0 s"));
  EXPECT_THAT(text, HasSubstr("assumed: it was not measured"));
  EXPECT_THAT(text, Not(HasSubstr("pauses that come less often")));
}

}  // namespace
}  // namespace mlengine::cli
