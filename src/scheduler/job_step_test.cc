#include "scheduler/job_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"

namespace mlengine::scheduler {
namespace {

using executor::ReplicaStatus;
using ml::v1::Job;
using runner::v1::StatusRecord;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Liveness = ReplicaStatus::Liveness;

class JobStepTest : public ::testing::Test {
 protected:
  JobStepTest() {
    record_.set_project("p");
    record_.mutable_job()->set_job_id("j");
    record_.mutable_job()->set_state(Job::QUEUED);
    facts_.now = FakeClock().Now();
    facts_.boot_id = "boot";
    facts_.launch_token = "token-1";
    facts_.runtime_name = "system";
    facts_.job_url = "http://h/ui/jobs/j";
  }

  JobStep Step() {
    JobStep step = NextStep(record_, facts_);
    record_ = step.record;
    record_.set_service_entries(record_.service_entries() + static_cast<int>(step.entries.size()));
    return step;
  }

  // Brings the job to an attempt whose master was seen at that step of its runner.
  void StartAndSee(StatusRecord::Step at, Liveness liveness = Liveness::kAlive) {
    facts_.admitted = true;
    Step();
    facts_.admitted = false;
    See(at, liveness);
  }

  void See(StatusRecord::Step at, Liveness liveness = Liveness::kAlive) {
    ReplicaStatus status;
    status.id = {"p", "j", record_.attempts_size(), "master", 0, 0};
    status.liveness = liveness;
    status.record.emplace().set_step(at);
    facts_.observed = {status};
  }

  runner::v1::Exit& exit() { return *facts_.observed[0].record->mutable_exit(); }

  store::JobRecord record_;
  StepFacts facts_;
};

std::vector<std::string> Messages(const JobStep& step) {
  std::vector<std::string> messages;
  for (const ServiceEntry& entry : step.entries) messages.push_back(entry.message);
  return messages;
}

TEST_F(JobStepTest, ANewJobIsIntroducedOnce) {
  facts_.runtime_warnings = {"Runtime version 1.4 is not installed."};
  EXPECT_THAT(Messages(Step()),
              ElementsAre("Validating job requirements...",
                          "Job creation request has been successfully validated.",
                          "Runtime version 1.4 is not installed.", "Job j is queued."));
  EXPECT_THAT(Messages(Step()), IsEmpty());
  EXPECT_EQ(record_.job().state(), Job::QUEUED);
}

TEST_F(JobStepTest, AdmissionMakesTheAttemptDurableBeforeAnythingRuns) {
  facts_.admitted = true;
  const JobStep step = Step();
  EXPECT_EQ(step.record.job().state(), Job::PREPARING);
  ASSERT_EQ(step.record.attempts_size(), 1);
  EXPECT_EQ(step.record.attempts(0).launch_token(), "token-1");
  EXPECT_EQ(step.record.attempts(0).replicas(0).role(), "master");
}

TEST_F(JobStepTest, EverySuccessPassesThroughRunning) {
  StartAndSee(StatusRecord::EXITED, Liveness::kGone);
  EXPECT_EQ(Step().record.job().state(), Job::RUNNING);
  EXPECT_TRUE(record_.job().has_start_time());
  const JobStep last = Step();
  EXPECT_TRUE(last.ends);
  EXPECT_EQ(last.record.job().state(), Job::SUCCEEDED);
  EXPECT_EQ(Messages(last).back(), "Job completed successfully.");
}

TEST_F(JobStepTest, AFailedMasterFailsTheJobWithItsTraceback) {
  StartAndSee(StatusRecord::EXITED, Liveness::kGone);
  exit().set_exit_code(1);
  exit().set_traceback("Traceback (most recent call last):\nValueError: no data");
  Step();
  const JobStep last = Step();
  EXPECT_EQ(last.record.job().state(), Job::FAILED);
  EXPECT_THAT(
      last.record.job().error_message(),
      HasSubstr(
          "The replica master 0 exited with a non-zero status of 1. Termination reason: Error."));
  EXPECT_THAT(last.record.job().error_message(), HasSubstr("ValueError: no data"));
  EXPECT_THAT(last.record.job().error_message(), HasSubstr("http://h/ui/jobs/j"));
}

TEST_F(JobStepTest, AStartErrorFailsTheJobWithoutRunning) {
  StartAndSee(StatusRecord::NOT_STARTED, Liveness::kGone);
  facts_.observed[0].record->mutable_error()->set_message("trainer.tar.gz is not an archive.");
  const JobStep last = Step();
  EXPECT_EQ(last.record.job().state(), Job::FAILED);
  EXPECT_FALSE(last.record.job().has_start_time());
  EXPECT_THAT(last.record.job().error_message(), HasSubstr("trainer.tar.gz is not an archive."));
}

TEST_F(JobStepTest, CancelOfAQueuedJobEndsItAtOnce) {
  record_.mutable_cancel_request_time()->set_seconds(1);
  const JobStep step = Step();
  EXPECT_TRUE(step.ends);
  EXPECT_EQ(step.record.job().state(), Job::CANCELLED);
}

TEST_F(JobStepTest, CancelOfARunningJobWaitsUntilNothingRuns) {
  StartAndSee(StatusRecord::RUNNING);
  Step();
  record_.mutable_cancel_request_time()->set_seconds(1);
  EXPECT_EQ(Step().record.job().state(), Job::CANCELLING);
  EXPECT_TRUE(record_.attempts(0).has_stop_time());
  EXPECT_FALSE(Step().ends);
  See(StatusRecord::EXITED, Liveness::kGone);
  exit().set_signal(15);
  EXPECT_EQ(Step().record.job().state(), Job::CANCELLED);
}

TEST_F(JobStepTest, UnreachableIsNoReasonToAct) {
  StartAndSee(StatusRecord::RUNNING);
  Step();
  See(StatusRecord::RUNNING, Liveness::kUnreachable);
  const JobStep step = Step();
  EXPECT_EQ(step.record.job().state(), Job::RUNNING);
  EXPECT_FALSE(step.record.attempts(0).has_stop_time());
}

TEST_F(JobStepTest, ALostRunnerStartsANewAttemptAndTheFourthLossFails) {
  StartAndSee(StatusRecord::RUNNING);
  Step();
  for (int attempt = 1; attempt <= kAttemptRetries; ++attempt) {
    See(StatusRecord::STAGING, Liveness::kGone);
    facts_.launch_token = "token-" + std::to_string(attempt + 1);
    EXPECT_THAT(Messages(Step()),
                Contains(HasSubstr("Internal error occurred for the current attempt")));
    EXPECT_EQ(record_.attempts_size(), attempt + 1);
    EXPECT_EQ(record_.attempts(attempt).launch_token(), facts_.launch_token);
  }
  See(StatusRecord::STAGING, Liveness::kGone);
  EXPECT_EQ(Step().record.job().state(), Job::FAILED);
  EXPECT_THAT(record_.job().error_message(), HasSubstr("The runner of master 0 was lost"));
}

TEST_F(JobStepTest, AnAttemptOfAnotherBootIsLost) {
  StartAndSee(StatusRecord::RUNNING);
  Step();
  facts_.boot_id = "next boot";
  See(StatusRecord::RUNNING, Liveness::kUnknown);
  Step();
  EXPECT_EQ(record_.attempts_size(), 2);
  EXPECT_EQ(record_.attempts(1).boot_id(), "next boot");
}

TEST_F(JobStepTest, NotesOfTheRunnerBecomeEntriesOfItsTaskOnce) {
  StartAndSee(StatusRecord::RUNNING);
  auto* note = facts_.observed[0].record->add_notes();
  note->set_severity("INFO");
  note->set_message("Running module trainer.task.");
  EXPECT_THAT(Step().entries,
              ElementsAre(ServiceEntry{logs::Severity::kInfo, "Running module trainer.task.",
                                       "master-replica-0"}));
  EXPECT_THAT(Step().entries, IsEmpty());
}

TEST_F(JobStepTest, AFinalJobIsLeftAlone) {
  record_.mutable_job()->set_state(Job::SUCCEEDED);
  record_.mutable_cancel_request_time()->set_seconds(1);
  const JobStep step = Step();
  EXPECT_FALSE(step.ends);
  EXPECT_EQ(step.record.job().state(), Job::SUCCEEDED);
}

TEST_F(JobStepTest, WithoutARuntimeTheJobFailsWithTheReason) {
  facts_.runtime_error = "No installed runtime can run version 9.9.";
  const JobStep step = Step();
  EXPECT_EQ(step.record.job().state(), Job::FAILED);
  EXPECT_EQ(step.record.job().error_message(), "No installed runtime can run version 9.9.");
}

TEST_F(JobStepTest, ProgressOnTheWayToRunningIsNotWorthStoring) {
  store::JobRecord before;
  before.add_attempts()->add_replicas()->set_role("master");
  store::JobRecord after = before;
  auto* status = after.mutable_attempts(0)->mutable_replicas(0)->mutable_status();
  status->set_step(StatusRecord::ENVIRONMENT);
  EXPECT_FALSE(IsWorthStoring(before, after));
  status->set_step(StatusRecord::RUNNING);
  EXPECT_TRUE(IsWorthStoring(before, after));
  status->set_step(StatusRecord::STAGING);
  after.mutable_job()->set_state(ml::v1::Job::CANCELLING);
  EXPECT_TRUE(IsWorthStoring(before, after));
}

}  // namespace
}  // namespace mlengine::scheduler
