#include "quotas/allowance.h"

#include <gmock/gmock.h>

#include "base/testing/temp_dir.h"

namespace mlengine::quotas {
namespace {

using ml::v1::TrainingInput;
using testing::HasSubstr;

const Time kNow = FromUnixNanos(1'514'862'245'000'000'000);

class AllowanceTest : public testing::Test {
 protected:
  AllowanceTest()
      : file_(*QuotaFile::Open(JoinPath(folder_.path(), "quotas.json"), RealFileSystem())) {}

  static ml::v1::Job Job(TrainingInput::ScaleTier tier) {
    ml::v1::Job job;
    job.set_job_id("j");
    job.mutable_training_input()->set_scale_tier(tier);
    job.mutable_training_input()->set_region("us-central1");
    return job;
  }
  void Set(const std::string& quota, const std::string& limit) {
    EXPECT_TRUE(file_
                    ->Change("p",
                             [&](ProjectQuotas& settings) {
                               return policy::SetQuota(settings, quota, "", limit);
                             })
                    .ok());
  }

  TempDir folder_;
  std::unique_ptr<QuotaFile> file_;
};

TEST_F(AllowanceTest, ANewJobIsHeldAgainstWhatIsSetNow) {
  Allowance allowance(*file_, 0);
  const ml::v1::Job premium = Job(TrainingInput::PREMIUM_1);
  EXPECT_TRUE(allowance.CheckNewJob("p", premium, kNow).ok());
  Set("vcpus", "100");
  EXPECT_THAT(allowance.CheckNewJob("p", premium, kNow).message(), HasSubstr("408 vCPUs exceeds"));
  EXPECT_TRUE(allowance.CheckNewJob("other", premium, kNow).ok());
  EXPECT_EQ(allowance.LimitsNow("p", "us-central1").most[policy::kVcpusQuota], 100);
}

TEST_F(AllowanceTest, TheDevicesOfThePoolAreWhatAGpuJobMayHave) {
  EXPECT_FALSE(Allowance(*file_, 0).CheckNewJob("p", Job(TrainingInput::BASIC_GPU), kNow).ok());
  EXPECT_TRUE(Allowance(*file_, 1).CheckNewJob("p", Job(TrainingInput::BASIC_GPU), kNow).ok());
}

TEST_F(AllowanceTest, OnlyCreatesCountForTheRate) {
  Allowance allowance(*file_, 0);
  Set("creates-per-minute", "1");
  const ml::v1::Job job = Job(TrainingInput::BASIC);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(allowance.CheckJob("p", job, kNow).ok());
  EXPECT_TRUE(allowance.CheckNewJob("p", job, kNow).ok());
  EXPECT_THAT(allowance.CheckNewJob("p", job, kNow).message(),
              HasSubstr("Job submission requests per minute"));
  EXPECT_TRUE(allowance.CheckNewJob("p", job, kNow + std::chrono::minutes(1)).ok());
}

}  // namespace
}  // namespace mlengine::quotas
