#include "quotas/allowance.h"

#include <gmock/gmock.h>

#include "base/testing/temp_dir.h"
#include "store/memory_job_store.h"

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
  void SetBudget(const std::string& name, const std::string& amount) {
    EXPECT_TRUE(file_
                    ->Change("p",
                             [&](ProjectQuotas& settings) {
                               return policy::SetBudget(settings, name, amount, "", "USD");
                             })
                    .ok());
  }
  // A BASIC job that has run for ten hours, which cost 2.77 USD, and goes on.
  store::JobRecord Running() {
    store::JobRecord record;
    record.set_project("p");
    *record.mutable_job() = Job(TrainingInput::BASIC);
    record.mutable_job()->set_state(ml::v1::Job::RUNNING);
    auto& replica = *record.add_attempts()->add_replicas();
    replica.set_role("master");
    replica.mutable_status()->add_phases()->mutable_start_time()->set_seconds(1'514'862'245 -
                                                                              36'000);
    EXPECT_TRUE(store_->Create(record).ok());
    return record;
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
  std::unique_ptr<store::JobStore> store_ = store::NewMemoryJobStore();
  const policy::PriceBook prices_ = policy::PriceBook::BuiltIn();
  std::unique_ptr<QuotaFile> file_;
};

TEST_F(AllowanceTest, ANewJobIsHeldAgainstWhatIsSetNow) {
  Allowance allowance{*file_, *store_, prices_, 0};
  const ml::v1::Job premium = Job(TrainingInput::PREMIUM_1);
  EXPECT_TRUE(allowance.CheckNewJob("p", premium, kNow).ok());
  Set("vcpus", "100");
  EXPECT_THAT(allowance.CheckNewJob("p", premium, kNow).message(), HasSubstr("408 vCPUs exceeds"));
  EXPECT_TRUE(allowance.CheckNewJob("other", premium, kNow).ok());
  EXPECT_EQ(allowance.LimitsNow("p", "us-central1").most[policy::kVcpusQuota], 100);
}

TEST_F(AllowanceTest, TheDevicesOfThePoolAreWhatAGpuJobMayHave) {
  for (const int devices : {0, 1}) {
    Allowance allowance{*file_, *store_, prices_, devices};
    EXPECT_EQ(allowance.CheckNewJob("p", Job(TrainingInput::BASIC_GPU), kNow).ok(), devices == 1);
  }
}

TEST_F(AllowanceTest, OnlyCreatesCountForTheRate) {
  Allowance allowance{*file_, *store_, prices_, 0};
  Set("creates-per-minute", "1");
  const ml::v1::Job job = Job(TrainingInput::BASIC);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(allowance.CheckJob("p", job, kNow).ok());
  EXPECT_TRUE(allowance.CheckNewJob("p", job, kNow).ok());
  EXPECT_THAT(allowance.CheckNewJob("p", job, kNow).message(),
              HasSubstr("Job submission requests per minute"));
  EXPECT_TRUE(allowance.CheckNewJob("p", job, kNow + std::chrono::minutes(1)).ok());
}

TEST_F(AllowanceTest, ASpentBudgetOfTheMonthRefusesNewJobsAndHoldsWaitingOnes) {
  Allowance allowance{*file_, *store_, prices_, 0};
  Running();
  SetBudget("month", "2.78");
  EXPECT_TRUE(allowance.CheckNewJob("p", Job(TrainingInput::BASIC), kNow).ok());
  EXPECT_EQ(allowance.ShareNow("p", "us-central1", kNow)[policy::kJobsQuota], policy::kUnlimited);
  SetBudget("month", "2.77");
  const Status refused = allowance.CheckNewJob("p", Job(TrainingInput::BASIC), kNow);
  EXPECT_EQ(refused.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(
      refused.message(),
      "The budget of project p in 2018-01 is spent: 2.77 of 2.77 USD. New jobs are taken from "
      "2018-02-01T00:00:00Z on, or once it is raised: mlengine budgets set month AMOUNT "
      "--project=p");
  EXPECT_EQ(refused.violations()[0].field, "p");
  EXPECT_EQ(allowance.ShareNow("p", "us-central1", kNow)[policy::kJobsQuota], 0);
  EXPECT_EQ(allowance.ShareNow("p", "us-central1", kNow)[policy::kVcpusQuota], 450);
  EXPECT_TRUE(allowance.CheckNewJob("other", Job(TrainingInput::BASIC), kNow).ok());
}

TEST_F(AllowanceTest, AJobIsHeldToItsOwnBudgetThenToThoseOfItsProject) {
  Allowance allowance{*file_, *store_, prices_, 0};
  store::JobRecord record = Running();
  EXPECT_TRUE(allowance.BudgetsOf(record, kNow).empty());
  SetBudget("job", "3");
  SetBudget("project", "300");
  (*record.mutable_job()->mutable_labels())[std::string(policy::kBudgetLabel)] = "2_50";
  const auto states = allowance.BudgetsOf(record, kNow);
  ASSERT_EQ(states.size(), 2U);
  EXPECT_EQ(states[0].budget.source, "label");
  EXPECT_EQ(states[0].spent, 277);
  EXPECT_TRUE(states[0].IsSpent());
  EXPECT_EQ(states[1].budget.name, "project");
  EXPECT_EQ(states[1].spent, 277);
}

TEST_F(AllowanceTest, AJobWithoutAPriceIsNotStoppedForMoney) {
  Allowance allowance{*file_, *store_, prices_, 0};
  store::JobRecord record = Running();
  SetBudget("job", "1");
  record.set_price_list("gone");
  EXPECT_THAT(allowance.BudgetsOf(record, kNow)[0].unknown, HasSubstr("The price list gone"));
  EXPECT_FALSE(allowance.BudgetsOf(record, kNow)[0].IsSpent());
}

}  // namespace
}  // namespace mlengine::quotas
