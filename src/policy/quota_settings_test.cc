#include "policy/quota_settings.h"

#include <gmock/gmock.h>

namespace mlengine::policy {
namespace {

using engine::v1::ProjectQuotas;
using testing::AllOf;
using testing::HasSubstr;

QuotaLine Line(const ProjectQuotas& settings, const std::string& quota,
               const std::string& region = "us-central1", std::int64_t devices = 0) {
  for (QuotaLine& line : QuotaLines(settings, region, devices)) {
    if (line.quota == quota) return std::move(line);
  }
  return {};
}

TEST(QuotaSettingsTest, EachProfileHasItsLimits) {
  const struct {
    std::string profile;
    std::int64_t vcpus, k80, p100, v100, tpu, creates;
  } cases[] = {
      {"default", 450, 3, 3, 3, 0, kUnlimited}, {"none", kUnlimited, 3, 3, 3, 0, kUnlimited},
      {"free", 450, 0, 0, 0, 0, kUnlimited},    {"paid", 450, 30, 30, 8, 0, kUnlimited},
      {"original", 450, 30, 30, 8, 0, 60},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.profile);
    ProjectQuotas settings;
    ASSERT_TRUE(SetQuotaProfile(settings, c.profile).ok());
    const auto limit = [&](const char* quota) {
      return Line(settings, quota, "us-central1", 3).limit;
    };
    EXPECT_EQ(limit("jobs"), kUnlimited);
    EXPECT_EQ(limit("vcpus"), c.vcpus);
    EXPECT_EQ(limit("k80"), c.k80);
    EXPECT_EQ(limit("p100"), c.p100);
    EXPECT_EQ(limit("v100"), c.v100);
    EXPECT_EQ(limit("tpu-v2"), c.tpu);
    EXPECT_EQ(limit("creates-per-minute"), c.creates);
    EXPECT_EQ(LimitsOf(settings, "us-central1", 3).creates_per_minute, c.creates);
  }
  EXPECT_EQ(FindQuotaProfile("free")->project_budget_hundredths, 30000);
}

TEST(QuotaSettingsTest, ARegionsSettingWinsOverThatOfAllAndOverTheProfile) {
  ProjectQuotas settings;
  ASSERT_TRUE(SetQuotaProfile(settings, "free").ok());
  ASSERT_TRUE(SetQuota(settings, "vcpus", "us-central1", "100").ok());
  ASSERT_TRUE(SetQuota(settings, "vcpus", "", "50").ok());
  EXPECT_EQ(Line(settings, "vcpus").limit, 100);
  EXPECT_EQ(Line(settings, "vcpus").source, "set");
  EXPECT_EQ(Line(settings, "vcpus", "europe-west1").limit, 50);
  ASSERT_TRUE(SetQuota(settings, "vcpus", "", "default").ok());
  EXPECT_EQ(Line(settings, "vcpus", "europe-west1").limit, 450);
  EXPECT_EQ(Line(settings, "vcpus", "europe-west1").source, "profile");
  ASSERT_TRUE(SetQuota(settings, "vcpus", "us-central1", "unlimited").ok());
  EXPECT_EQ(Line(settings, "vcpus").limit, kUnlimited);
  EXPECT_EQ(settings.quotas_size(), 1) << "a setting replaces its own kind";
  ASSERT_TRUE(SetQuotaProfile(settings, "default").ok());
  EXPECT_EQ(settings.quotas_size(), 0);
  EXPECT_EQ(Line(settings, "vcpus").source, "default");
  EXPECT_EQ(Line(settings, "k80").source, "pool");
}

TEST(QuotaSettingsTest, ModelsMayRunCodeOnlyWhereThatWasSaid) {
  ProjectQuotas settings;
  EXPECT_FALSE(AllowsPythonModels(settings));
  ASSERT_TRUE(SetQuota(settings, "python-models", "", "unlimited").ok());
  EXPECT_TRUE(AllowsPythonModels(settings));
  ASSERT_TRUE(SetQuota(settings, "python-models", "", "0").ok());
  EXPECT_FALSE(AllowsPythonModels(settings));
  for (const QuotaProfile& profile : QuotaProfiles()) {
    ASSERT_TRUE(SetQuotaProfile(settings, std::string(profile.name)).ok());
    EXPECT_FALSE(AllowsPythonModels(settings)) << profile.name;
  }
}

TEST(QuotaSettingsTest, SaysWhatIsWrongAndChangesNothing) {
  const struct {
    std::string quota, region, limit, says;
  } cases[] = {
      {"vcpu", "", "1", "\"vcpu\" is no quota; did you mean vcpus?"},
      {"K80", "", "1", "\"K80\" is no quota; did you mean k80?"},
      {"bananas", "", "1", "is no quota; there are: jobs, vcpus, a100, k80"},
      {"vcpus", "us-centrall1", "1", "\"us-centrall1\" is no region; did you mean us-central1?"},
      {"vcpus", "", "many", "\"many\" is no limit: a whole number from 0 to"},
      {"vcpus", "", "-1", "\"-1\" is no limit"},
      {"vcpus", "", "", "\"\" is no limit"},
      {"vcpus", "", "99999999999999999999", "is no limit"},
      {"vcpus", "", "10x", "is no limit"},
      {"creates-per-minute", "us-central1", "1", "set it without a region"},
      {"python-models", "us-central1", "0", "set it without a region"},
      {"python-models", "", "2", "python-models is 0, which refuses models"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.says);
    ProjectQuotas settings;
    const Status status = SetQuota(settings, c.quota, c.region, c.limit);
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(status.message(), HasSubstr(c.says));
    EXPECT_EQ(settings.ByteSizeLong(), 0U);
  }
}

TEST(QuotaSettingsTest, AnUnknownProfileIsAnsweredWithTheNearest) {
  ProjectQuotas settings;
  EXPECT_THAT(SetQuotaProfile(settings, "fre").message(), HasSubstr("did you mean free?"));
  EXPECT_THAT(SetQuotaProfile(settings, "enterprise").message(),
              AllOf(HasSubstr("no profile; there are: default, none, free, paid, original")));
  EXPECT_EQ(settings.profile(), "");
}

}  // namespace
}  // namespace mlengine::policy
