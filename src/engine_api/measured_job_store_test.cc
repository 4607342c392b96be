#include "engine_api/measured_job_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory_job_store.h"

namespace mlengine::engine_api {
namespace {

using engine::v1::AttemptRecord;
using ml::v1::Job;
using store::JobRecord;
using ::testing::HasSubstr;

class MeasuredJobStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    JobRecord record;
    record.set_project("p");
    record.mutable_job()->set_job_id("j");
    record.mutable_job()->set_state(Job::QUEUED);
    record.set_create_time_ns(10'000'000'000);
    ASSERT_TRUE(store_->Create(record).ok());
  }

  void Change(const std::function<void(JobRecord&)>& change) {
    ASSERT_TRUE(store_
                    ->Update({"p", "j"},
                             [&](JobRecord& record) {
                               change(record);
                               return OkStatus();
                             })
                    .ok());
  }

  telemetry::Metrics metrics_;
  std::unique_ptr<store::JobStore> store_ = MeasuredJobStore(store::NewMemoryJobStore(), metrics_);
};

TEST_F(MeasuredJobStoreTest, CountsStatesOnceEach) {
  Change([](JobRecord& record) { record.mutable_job()->set_state(Job::RUNNING); });
  Change([](JobRecord& record) { record.set_service_entries(3); });
  const std::string text = metrics_.Render();
  EXPECT_THAT(text, HasSubstr("mlengine_job_state_changes_total{state=\"QUEUED\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("mlengine_job_state_changes_total{state=\"RUNNING\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("mlengine_store_seconds_count{operation=\"update\"} 2\n"));
}

TEST_F(MeasuredJobStoreTest, ObservesEachPhaseOfEachAttemptOnce) {
  const auto begin_attempt = [](JobRecord& record) {
    AttemptRecord& attempt = *record.add_attempts();
    attempt.set_number(record.attempts_size());
    attempt.mutable_decided_time()->set_seconds(12);
    attempt.add_replicas();
  };
  const auto stage = [](JobRecord& record) {
    auto& status =
        *record.mutable_attempts(record.attempts_size() - 1)->mutable_replicas(0)->mutable_status();
    auto& phase = *status.add_phases();
    phase.set_name("staging");
    phase.mutable_start_time()->set_seconds(13);
    phase.mutable_end_time()->set_seconds(17);
  };
  Change(begin_attempt);
  Change(stage);
  Change([](JobRecord& record) { record.set_service_entries(3); });
  std::string text = metrics_.Render();
  EXPECT_THAT(text, HasSubstr("mlengine_job_phase_seconds_count{phase=\"queued\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("mlengine_job_phase_seconds_sum{phase=\"queued\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("mlengine_job_phase_seconds_sum{phase=\"launch\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("mlengine_job_phase_seconds_sum{phase=\"staging\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("mlengine_attempts_total{outcome=\"INFRASTRUCTURE_FAILURE\"} 0\n"));

  Change([&](JobRecord& record) {
    record.mutable_attempts(0)->set_outcome(AttemptRecord::INFRASTRUCTURE_FAILURE);
    begin_attempt(record);
  });
  Change(stage);
  text = metrics_.Render();
  EXPECT_THAT(text, HasSubstr("mlengine_job_phase_seconds_count{phase=\"staging\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("mlengine_attempts_total{outcome=\"INFRASTRUCTURE_FAILURE\"} 1\n"));

  // A replica that starts again within its attempt goes through what it must, without the queue.
  Change([](JobRecord& record) {
    record.mutable_attempts(1)->mutable_replicas(0)->set_restart(1);
    record.mutable_attempts(1)->mutable_replicas(0)->clear_status();
  });
  Change(stage);
  text = metrics_.Render();
  EXPECT_THAT(text, HasSubstr("mlengine_job_phase_seconds_count{phase=\"queued\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("mlengine_job_phase_seconds_count{phase=\"staging\"} 3\n"));
}

TEST_F(MeasuredJobStoreTest, AnswersThatAreNoFailuresAreNotCountedAsSuch) {
  EXPECT_EQ(store_->Get({"p", "other"}).status().code(), StatusCode::kNotFound);
  EXPECT_THAT(metrics_.Render(), HasSubstr("mlengine_store_errors_total{operation=\"get\"} 0\n"));
  EXPECT_EQ(store_->Update({"p", "j"}, [](JobRecord&) { return UnavailableError("no writer"); })
                .status()
                .code(),
            StatusCode::kUnavailable);
  EXPECT_THAT(metrics_.Render(),
              HasSubstr("mlengine_store_errors_total{operation=\"update\"} 1\n"));
}

}  // namespace
}  // namespace mlengine::engine_api
