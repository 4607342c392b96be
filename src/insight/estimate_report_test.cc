#include "insight/estimate_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "insight/testing/estimate_of_four_tiers.h"

namespace mlengine::insight {
namespace {

using testing::Contains;
using testing::HasSubstr;

TEST(EstimateReportTest, ReckonsTimeAndMoneyOfEachTier) {
  const EstimateReport report = EstimateReport::Of(EstimateOfFourTiers());
  const std::vector<TierEstimate>& tiers = report.tiers();
  ASSERT_EQ(tiers.size(), 4U);
  EXPECT_NEAR(*tiers[0].seconds, 10 + 345 + 5, 1e-9);
  EXPECT_NEAR(*tiers[0].money, 0.036, 1e-9);
  EXPECT_EQ(tiers[0].confidence, "high");
  // Half of a step is input; one replica keeps 1.5 of 2 cores busy, so S is at most 2 / 1.5.
  EXPECT_NEAR(tiers[1].speed_up, 2 / 1.5, 1e-9);
  EXPECT_NEAR(*tiers[1].seconds, 10.0 * 8 / 2 + 345 / (2 / 1.5) + 5, 1e-9);
  EXPECT_EQ(tiers[1].confidence, "low");
  EXPECT_TRUE(tiers[0].is_cheapest);
  EXPECT_TRUE(tiers[1].is_fastest);
  EXPECT_FALSE(tiers[2].seconds.has_value());
  EXPECT_EQ(tiers[2].source,
            "not known without a run on such a device (NVIDIA_TESLA_K80); --from-job takes a past "
            "job's");
  EXPECT_EQ(tiers[3].source, "refused: too large");
}

TEST(EstimateReportTest, APastJobTellsItsOwnTier) {
  EstimateInput input = EstimateOfFourTiers();
  input.runs.push_back(EstimatedRun("BASIC_GPU", 0.01));
  input.runs.back().where = "in job fast";
  const EstimateReport report = EstimateReport::Of(input);
  EXPECT_NEAR(*report.tiers()[2].seconds, 10 + 34.5 + 5, 1e-9);
  EXPECT_EQ(report.tiers()[2].source, "measured in job fast");
  EXPECT_TRUE(report.tiers()[2].is_fastest);
  EXPECT_TRUE(report.tiers()[2].is_cheapest);
}

TEST(EstimateReportTest, ADevicesRunTellsNothingOfTiersWithoutOne) {
  EstimateInput input = EstimateOfFourTiers();
  input.runs = {EstimatedRun("BASIC_GPU", 0.01)};
  const EstimateReport report = EstimateReport::Of(input);
  EXPECT_FALSE(report.tiers()[0].seconds.has_value());
  EXPECT_THAT(report.tiers()[0].source, HasSubstr("not known"));
  EXPECT_TRUE(report.tiers()[2].is_cheapest);
}

TEST(EstimateReportTest, AClustersRunLeadsBackToOneReplica) {
  EstimateInput input = EstimateOfFourTiers();
  input.runs = {EstimatedRun("STANDARD_1", 0.05)};
  const EstimateReport report = EstimateReport::Of(input);
  // No share was measured, so 10 % is taken: by the law 4 workers would be 3.1 times as fast, but
  // the pool has 2 slots. 8 replicas shared 2 cores while they started.
  EXPECT_NEAR(*report.tiers()[0].seconds, 10.0 / 4 + 3450 * 0.05 * 2 + 5, 1e-9);
  EXPECT_EQ(report.tiers()[0].confidence, "low");
  EXPECT_NEAR(*report.tiers()[1].seconds, 10 + 3450 * 0.05 + 5, 1e-9);
  EXPECT_EQ(report.tiers()[1].confidence, "high");
  EXPECT_FALSE(report.tiers()[2].seconds.has_value());
  EXPECT_THAT(report.Assumptions(),
              Contains(HasSubstr("reckoned back from STANDARD_1's 8 replicas, whose S is 2.00")));
  EXPECT_THAT(report.Assumptions(), Contains(HasSubstr("time = start + steps x 0.1000 s / S")));
}

TEST(EstimateReportTest, BasicsRunTellsMoreThanAClusters) {
  EstimateInput input = EstimateOfFourTiers();
  input.runs.insert(input.runs.begin(), EstimatedRun("STANDARD_1", 0.5));
  EXPECT_NEAR(*EstimateReport::Of(input).tiers()[0].seconds, 10 + 345 + 5, 1e-9);
}

TEST(EstimateReportTest, ABusyMachineLowersTheConfidence) {
  EstimateInput input = EstimateOfFourTiers();
  input.runs[0].cores = CoreUse{1.2, 1.1};
  EXPECT_EQ(EstimateReport::Of(input).tiers()[0].confidence, "low");
}

TEST(EstimateReportTest, TheJsonIsForScripts) {
  const boost::json::object json = EstimateReport::Of(EstimateOfFourTiers()).Json();
  EXPECT_EQ(json.at("steps"), boost::json::parse(R"({"count":3450,"source":"--steps"})"));
  EXPECT_EQ(json.at("tiers").at(0).at("seconds").to_number<double>(), 360);
  EXPECT_EQ(json.at("tiers").at(0).at("cheapest").as_bool(), true);
  EXPECT_FALSE(json.at("tiers").at(2).as_object().contains("seconds"));
  EXPECT_EQ(json.at("currency").as_string(), "USD");
}

TEST(EstimateReportTest, Durations) {
  EXPECT_EQ(ExactDurationText(0), "0.0 s");
  EXPECT_EQ(ExactDurationText(59.94), "59.9 s");
  EXPECT_EQ(ExactDurationText(200.4), "3 min 20 s");
  EXPECT_EQ(ExactDurationText(3840), "1 h 4 min");
}

}  // namespace
}  // namespace mlengine::insight
