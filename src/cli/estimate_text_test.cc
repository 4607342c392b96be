#include "cli/estimate_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "insight/testing/estimate_of_four_tiers.h"

namespace mlengine::cli {
namespace {

using insight::EstimateInput;
using insight::EstimateReport;
using insight::MeasuredRun;
using testing::HasSubstr;
using testing::Not;

TEST(EstimateTextTest, TheTextHasTheTableTheArithmeticAndTheLimits) {
  const std::string text = EstimateText(EstimateReport::Of(insight::EstimateOfFourTiers()));
  EXPECT_THAT(text, HasSubstr("3450 steps (--steps) in region us-central1, price list l\n"));
  EXPECT_THAT(text, HasSubstr("BASIC       1         6 min 0 s  0.0360 USD"));
  EXPECT_THAT(text, HasSubstr("fastest; at best\n"));
  EXPECT_THAT(text, HasSubstr("i = 50 % is the input-pipeline share, measured"));
  EXPECT_THAT(text, HasSubstr("What it cannot know\n"));
  EXPECT_THAT(text, HasSubstr("while it was measured others used 0.0 of its 2 cores"));
  EXPECT_THAT(text, HasSubstr("pauses that come less often than every 100 steps"));
}

TEST(EstimateTextTest, AnUnseenEndAndAnAssumedShareAreSaid) {
  EstimateInput input = insight::EstimateOfFourTiers();
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
