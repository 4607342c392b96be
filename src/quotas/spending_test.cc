#include "quotas/spending.h"

#include <gtest/gtest.h>

#include "store/memory_job_store.h"

namespace mlengine::quotas {
namespace {

using ml::v1::Job;

Time At(const std::string& text) {
  return *ParseTime(text);
}

// BASIC jobs: 0.2774 USD an hour.
class SpendingTest : public testing::Test {
 protected:
  void Create(const std::string& id, const std::string& start, const std::string& end,
              const std::string& project = "p") {
    store::JobRecord record;
    record.set_project(project);
    record.set_price_list("2017-12");
    record.mutable_job()->set_job_id(id);
    record.mutable_job()->set_state(Job::QUEUED);
    record.mutable_job()->mutable_training_input()->set_region("us-central1");
    ASSERT_TRUE(store_->Create(record).ok());
    if (!start.empty()) Start(id, start, project);
    if (!end.empty()) End(id, end, project);
  }
  void Start(const std::string& id, const std::string& start, const std::string& project = "p") {
    Change(id, project, [&](store::JobRecord& record) {
      record.mutable_job()->set_state(Job::RUNNING);
      auto& replica = *record.add_attempts()->add_replicas();
      replica.set_role("master");
      auto& phase = *replica.mutable_status()->add_phases()->mutable_start_time();
      phase.set_seconds(ToUnixNanos(At(start)) / 1'000'000'000);
    });
  }
  void End(const std::string& id, const std::string& end, const std::string& project = "p") {
    Change(id, project, [&](store::JobRecord& record) {
      record.mutable_job()->set_state(Job::SUCCEEDED);
      auto& status = *record.mutable_attempts(0)->mutable_replicas(0)->mutable_status();
      status.mutable_exit()->mutable_end_time()->set_seconds(ToUnixNanos(At(end)) / 1'000'000'000);
    });
  }
  void Change(const std::string& id, const std::string& project,
              const std::function<void(store::JobRecord&)>& change) {
    ASSERT_TRUE(store_
                    ->Update({project, id},
                             [&](store::JobRecord& record) {
                               change(record);
                               return OkStatus();
                             })
                    .ok());
  }
  Spending::Sum Of(const std::string& now, const std::string& currency = "USD") {
    const auto sum = spending_.Of("p", currency, At(now));
    EXPECT_TRUE(sum.ok());
    return sum.value_or({});
  }

  std::unique_ptr<store::JobStore> store_ = store::NewMemoryJobStore();
  const policy::PriceBook prices_ = policy::PriceBook::BuiltIn();
  Spending spending_{*store_, prices_};
};

TEST_F(SpendingTest, EndedAndRunningJobsCount) {
  Create("old", "2018-01-01T00:00:00Z", "2018-01-01T10:00:00Z");  // 2.77
  Create("over_the_month", "2018-01-31T23:00:00Z",
         "2018-02-01T02:00:00Z");  // 0.83, 0.28 of it before
  Create("waits", "", "");
  Create("elsewhere", "2018-01-01T00:00:00Z", "2018-01-01T10:00:00Z", "other");
  EXPECT_EQ(Of("2018-02-02T00:00:00Z").all, 277 + 83);
  EXPECT_EQ(Of("2018-02-02T00:00:00Z").month, 83 - 28);
  EXPECT_EQ(Of("2018-02-02T00:00:00Z", "EUR").all, 0);

  Start("waits", "2018-02-02T00:00:00Z");
  EXPECT_EQ(Of("2018-02-02T01:00:00Z").month, 55 + 28);
  EXPECT_EQ(Of("2018-02-02T10:00:00Z").month, 55 + 277) << "it goes on by itself";
  End("waits", "2018-02-02T10:00:00Z");
  EXPECT_EQ(Of("2018-02-03T00:00:00Z").month, 55 + 277);
  EXPECT_EQ(Of("2018-03-01T00:00:00Z").month, 0);
  EXPECT_EQ(Of("2018-03-01T00:00:00Z").all, 277 + 83 + 277);
}

TEST_F(SpendingTest, AnEndedJobCountsOnceWhateverBecomesOfItsLabels) {
  Create("j", "2018-01-01T00:00:00Z", "2018-01-01T10:00:00Z");
  EXPECT_EQ(Of("2018-01-02T00:00:00Z").all, 277);
  Change("j", "p", [](store::JobRecord& record) {
    (*record.mutable_job()->mutable_labels())["owner"] = "me";
  });
  EXPECT_EQ(Of("2018-01-02T00:00:01Z").all, 277);
}

TEST_F(SpendingTest, AJobThatCameAndWentBetweenTwoQuestionsCounts) {
  EXPECT_EQ(Of("2018-01-02T00:00:00Z").all, 0);
  Create("j", "2018-01-02T00:00:00Z", "2018-01-02T10:00:00Z");
  EXPECT_EQ(Of("2018-01-02T10:00:00Z").all, 277);
}

TEST_F(SpendingTest, ManyJobsAreReadPageByPage) {
  for (int i = 0; i < 501; ++i)
    Create("j" + std::to_string(i), "2018-01-01T00:00:00Z", "2018-01-01T01:00:00Z");
  EXPECT_EQ(Of("2018-01-02T00:00:00Z").all, 501 * 28);
}

}  // namespace
}  // namespace mlengine::quotas
