#include "policy/quota.h"

#include <gmock/gmock.h>

#include "policy/quota_settings.h"
#include "policy/quota_waiting.h"

namespace mlengine::policy {
namespace {

using ml::v1::AcceleratorConfig;
using ml::v1::TrainingInput;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kReadMore[] =
    " To read more about Cloud ML Engine quota, see https://cloud.google.com/ml-engine/quotas.";

TrainingInput Tier(TrainingInput::ScaleTier tier) {
  TrainingInput input;
  input.set_scale_tier(tier);
  input.set_region("us-central1");
  return input;
}

TrainingInput Custom(const std::string& master, AcceleratorConfig::Type type = {}, int count = 0) {
  TrainingInput input = Tier(TrainingInput::CUSTOM);
  input.set_master_type(master);
  if (count > 0) {
    auto* config = input.mutable_master_config()->mutable_accelerator_config();
    config->set_type(type);
    config->set_count(count);
  }
  return input;
}

std::int64_t Of(const QuotaAmounts& amounts, std::string_view name) {
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    if (Quotas()[i].name == name) return amounts[i];
  }
  return -1;
}

TEST(QuotaTest, AJobUsesWhatAllItsReplicasUse) {
  const struct {
    TrainingInput input;
    std::string accelerator;
    std::int64_t vcpus, accelerators;
  } cases[] = {
      {Tier(TrainingInput::BASIC), "k80", 4, 0},
      {Tier(TrainingInput::STANDARD_1), "k80", 5 * 8 + 3 * 4, 0},
      {Tier(TrainingInput::PREMIUM_1), "k80", 20 * 16 + 11 * 8, 0},
      {Tier(TrainingInput::BASIC_GPU), "k80", 8, 1},
      {Tier(TrainingInput::BASIC_TPU), "tpu-v2", 4, 8},
      {Custom("complex_model_l_v100"), "v100", 32, 8},
      {Custom("n1-standard-8", AcceleratorConfig::NVIDIA_TESLA_T4, 2), "t4", 8, 2},
      {Custom("a2-highgpu-4g"), "a100", 48, 4},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.input.DebugString());
    const QuotaAmounts amounts = AmountsOf(c.input);
    EXPECT_EQ(Of(amounts, "jobs"), 1);
    EXPECT_EQ(Of(amounts, "vcpus"), c.vcpus);
    EXPECT_EQ(Of(amounts, c.accelerator), c.accelerators);
    std::int64_t sum = 0;
    for (const std::int64_t amount : amounts) sum += amount;
    EXPECT_EQ(sum, 1 + c.vcpus + c.accelerators) << "and nothing else";
  }
}

TEST(QuotaTest, WorkersCountForEachOfThem) {
  TrainingInput input = Custom("standard_gpu");
  input.set_worker_type("complex_model_m_p100");
  input.set_worker_count(3);
  const QuotaAmounts amounts = AmountsOf(input);
  EXPECT_EQ(Of(amounts, "vcpus"), 8 + 3 * 16);
  EXPECT_EQ(Of(amounts, "k80"), 1);
  EXPECT_EQ(Of(amounts, "p100"), 3 * 4);
}

Status Check(const TrainingInput& input, const QuotaLimits& limits) {
  return CheckQuota("my-project", "us-central1", AmountsOf(input), limits);
}

TEST(QuotaTest, PremiumFitsTheDefaults) {
  EXPECT_TRUE(Check(Tier(TrainingInput::PREMIUM_1), LimitsOf({}, "us-central1", 0)).ok());
}

TEST(QuotaTest, AcceleratorsThatCanNeverFitAreRefusedInTheOriginalsWords) {
  TrainingInput input = Custom("standard_gpu");
  input.set_worker_type("standard_gpu");
  input.set_worker_count(1);
  const Status status = Check(input, LimitsOf({}, "us-central1", 0));
  const std::string sentence =
      "The request for 2 K80 accelerators exceeds the allowed maximum of 0 A100, 0 K80, 0 P100, 0 "
      "P4, "
      "0 T4, 0 TPU_V2, 0 TPU_V2_POD, 0 TPU_V3, 0 TPU_V3_POD, 0 V100 accelerators.";
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(status.message(), "Quota failure for project my-project. " + sentence + kReadMore);
  EXPECT_THAT(status.violations(), ElementsAre(FieldViolation{"my-project", sentence}));
}

TEST(QuotaTest, EverythingThatDoesNotFitIsToldAtOnce) {
  engine::v1::ProjectQuotas settings;
  ASSERT_TRUE(SetQuota(settings, "vcpus", "us-central1", "100").ok());
  ASSERT_TRUE(SetQuota(settings, "jobs", "", "0").ok());
  TrainingInput input = Tier(TrainingInput::PREMIUM_1);
  Status status = Check(input, LimitsOf(settings, "us-central1", 0));
  EXPECT_THAT(
      status.violations(),
      ElementsAre(FieldViolation{"my-project",
                                 "The request for 1 job exceeds the allowed maximum of 0 jobs in "
                                 "region us-central1."},
                  FieldViolation{"my-project",
                                 "The request for 408 vCPUs exceeds the allowed maximum of 100 "
                                 "vCPUs in region us-central1."}));
  EXPECT_THAT(status.message(), HasSubstr("0 jobs in region us-central1. The request for 408"));
}

// Any GPU of the pool serves any type, but only one at a time.
TEST(QuotaTest, ThePoolsDevicesAreCountedOverAllTypesUntilOneIsSet) {
  TrainingInput both = Custom("standard_gpu");
  both.set_worker_type("standard_p100");
  both.set_worker_count(1);
  const struct {
    TrainingInput input;
    std::int64_t devices;
    bool fits;
  } cases[] = {
      {Tier(TrainingInput::BASIC_GPU), 0, false},
      {Tier(TrainingInput::BASIC_GPU), 1, true},
      {Custom("complex_model_m_gpu"), 3, false},
      {Custom("complex_model_m_gpu"), 4, true},
      {both, 1, false},
      {both, 2, true},
      {Tier(TrainingInput::BASIC_TPU), 8, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.input.DebugString() + std::to_string(c.devices));
    EXPECT_EQ(Check(c.input, LimitsOf({}, "us-central1", c.devices)).ok(), c.fits);
  }
  engine::v1::ProjectQuotas settings;
  ASSERT_TRUE(SetQuota(settings, "k80", "", "1").ok());
  ASSERT_TRUE(SetQuota(settings, "p100", "us-central1", "unlimited").ok());
  EXPECT_TRUE(Check(both, LimitsOf(settings, "us-central1", 0)).ok())
      << "it waits, and is told why";
  EXPECT_FALSE(Check(both, LimitsOf(settings, "europe-west1", 0)).ok());
}

std::vector<std::string> Why(const TrainingInput& input, const QuotaLimits& limits,
                             const std::vector<QuotaHolder>& holders) {
  std::vector<std::string> sentences;
  for (const Reason& reason :
       WhyQuotaWaits(AmountsOf(input), limits, holders, "p", "us-central1")) {
    EXPECT_NE(reason.code, "") << reason.sentence;
    sentences.push_back(reason.sentence);
  }
  return sentences;
}

TEST(QuotaWaitingTest, SaysHowMuchIsFreeAndWhoHoldsTheRest) {
  const QuotaLimits limits = LimitsOf({}, "us-central1", 0);
  const TrainingInput premium = Tier(TrainingInput::PREMIUM_1);
  EXPECT_THAT(Why(premium, limits, {}), IsEmpty());
  EXPECT_THAT(Why(premium, limits, {{"small", AmountsOf(Tier(TrainingInput::BASIC))}}), IsEmpty());
  EXPECT_THAT(
      Why(premium, limits,
          {{"large", AmountsOf(premium)}, {"small", AmountsOf(Tier(TrainingInput::BASIC))}}),
      ElementsAre("It needs 408 vCPUs. Of the quota of project p in us-central1, 450 vCPUs, "
                  "38 can be had now; held by large (408), small (4)."));
}

TEST(QuotaWaitingTest, RoomIsWhatTheHoldersLeave) {
  engine::v1::ProjectQuotas settings;
  ASSERT_TRUE(SetQuota(settings, "vcpus", "", "12").ok());
  ASSERT_TRUE(SetQuota(settings, "k80", "", "5").ok());
  const QuotaLimits limits = LimitsOf(settings, "us-central1", 0);
  const QuotaHolder small{"small", AmountsOf(Tier(TrainingInput::BASIC))};
  const QuotaAmounts gpu = AmountsOf(Tier(TrainingInput::BASIC_GPU));  // 8 vCPUs
  EXPECT_TRUE(QuotaHasRoom(gpu, limits, {small})) << "devices or not";
  EXPECT_FALSE(QuotaHasRoom(gpu, limits, {small, small}));
  EXPECT_TRUE(QuotaHasRoom(small.amounts, limits, {small, small}));
  EXPECT_FALSE(QuotaHasRoom(small.amounts, limits, {small, small, small, small}));
}

TEST(QuotaWaitingTest, SaysThatNoPoolHasTheDevice) {
  engine::v1::ProjectQuotas settings;
  for (const char* quota : {"k80", "tpu-v2"})
    ASSERT_TRUE(SetQuota(settings, quota, "", "unlimited").ok());
  const struct {
    TrainingInput input;
    std::int64_t devices;
    std::string sentence;
  } cases[] = {
      {Tier(TrainingInput::BASIC_GPU), 0,
       "It asks for 1 K80 accelerator; no pool has such a device, so it waits until one has."},
      {Custom("complex_model_m_gpu"), 2,
       "It asks for 4 K80 accelerators, more than the 2 GPUs that the pool has, so it waits until "
       "there are as many."},
      {Tier(TrainingInput::BASIC_TPU), 2,
       "It asks for 8 TPU_V2 accelerators; no pool has such a device, so it waits until one has."},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(Why(c.input, LimitsOf(settings, "us-central1", c.devices), {}),
                ElementsAre(c.sentence));
  }
  EXPECT_THAT(Why(Tier(TrainingInput::BASIC_GPU), LimitsOf(settings, "us-central1", 1), {}),
              IsEmpty());
}

TEST(QuotaWaitingTest, AQuotaThatWasLoweredMeanwhileIsSaid) {
  engine::v1::ProjectQuotas settings;
  ASSERT_TRUE(SetQuota(settings, "vcpus", "", "2").ok());
  EXPECT_THAT(
      Why(Tier(TrainingInput::BASIC), LimitsOf(settings, "us-central1", 0), {}),
      ElementsAre("It asks for 4 vCPUs, and the quota of project p in us-central1 is 2 now, "
                  "so it waits until that is raised."));
}

}  // namespace
}  // namespace mlengine::policy
