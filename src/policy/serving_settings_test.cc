#include "policy/serving_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace mlengine::policy {
namespace {

using engine::v1::ServingSettings;
using testing::HasSubstr;

ServingSettings Traffic(const std::vector<std::pair<std::string, int>>& shares) {
  ServingSettings settings;
  for (const auto& [version, percent] : shares) {
    engine::v1::TrafficShare& share = *settings.add_traffic();
    share.set_version(version);
    share.set_percent(percent);
  }
  return settings;
}

std::string Wrong(const ServingSettings& settings) {
  return ValidateServingSettings(settings, {"v1", "v2"}).message();
}

TEST(ServingSettingsTest, EveryHundredRequestsAreSharedExactlyAndEvenly) {
  const ServingSettings settings = Traffic({{"v2", 10}, {"v3", 25}});
  for (std::uint64_t first : {0U, 17U, 250U}) {
    std::map<std::string, int> counts;
    for (std::uint64_t n = first; n < first + 100; ++n) ++counts[VersionForRequest(settings, n)];
    EXPECT_EQ(counts["v2"], 10);
    EXPECT_EQ(counts["v3"], 25);
    EXPECT_EQ(counts[""], 65);
  }
  std::map<std::string, int> early;
  for (std::uint64_t n = 0; n < 30; ++n) ++early[VersionForRequest(settings, n)];
  EXPECT_GE(early["v2"], 1);  // not all of them at the end
  EXPECT_EQ(VersionForRequest({}, 7), "");
}

TEST(ServingSettingsTest, ASampleIsSpread) {
  engine::v1::RequestLogging logging;
  logging.set_sample_percent(2.5);
  int kept = 0;
  for (std::uint64_t n = 0; n < 1000; ++n) kept += KeepsRequest(logging, n) ? 1 : 0;
  EXPECT_EQ(kept, 25);
  logging.set_sample_percent(100);
  EXPECT_TRUE(KeepsRequest(logging, 0));
  EXPECT_TRUE(KeepsRequest(logging, 1));
}

TEST(ServingSettingsTest, WhatIsWrongIsSaidOfEachField) {
  EXPECT_EQ(Wrong(Traffic({{"v1", 90}, {"v2", 10}})), "");
  EXPECT_THAT(Wrong(Traffic({{"v9", 10}})), HasSubstr("Field: traffic[0].version Error: The model "
                                                      "has no version \"v9\"."));
  EXPECT_THAT(Wrong(Traffic({{"v1", 1}, {"v1", 2}})), HasSubstr("named twice"));
  EXPECT_THAT(Wrong(Traffic({{"v1", 0}})), HasSubstr("from 1 to 100"));
  EXPECT_THAT(Wrong(Traffic({{"v1", 60}, {"v2", 60}})), HasSubstr("120 percent together"));
  ServingSettings settings;
  settings.mutable_request_logging()->set_folder("/tmp/x");
  EXPECT_THAT(Wrong(settings), HasSubstr("requestLogging.folder"));
  EXPECT_THAT(Wrong(settings), HasSubstr("requestLogging.samplePercent"));
  settings.mutable_request_logging()->set_folder("gs://bucket/asked");
  settings.mutable_request_logging()->set_sample_percent(0.5);
  EXPECT_EQ(Wrong(settings), "");
}

}  // namespace
}  // namespace mlengine::policy
