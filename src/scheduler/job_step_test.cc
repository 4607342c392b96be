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

// A master, two workers and a parameter server.
class GangStepTest : public JobStepTest {
 protected:
  GangStepTest() {
    auto& input = *record_.mutable_job()->mutable_training_input();
    input.set_scale_tier(ml::v1::TrainingInput::CUSTOM);
    input.set_master_type("standard");
    input.set_worker_type("standard");
    input.set_worker_count(2);
    input.set_parameter_server_type("standard");
    input.set_parameter_server_count(1);
    facts_.ports = {7001, 7002, 7003, 7004};
    facts_.admitted = true;
    Step();
    facts_.admitted = false;
  }

  // What is seen of a replica from now on.
  ReplicaStatus& Now(const std::string& role, int index, StatusRecord::Step at,
                     Liveness liveness = Liveness::kAlive) {
    int restart = 0;
    for (const auto& replica : record_.attempts().rbegin()->replicas()) {
      if (replica.role() == role && replica.index() == index) restart = replica.restart();
    }
    std::erase_if(facts_.observed, [&](const ReplicaStatus& seen) {
      return seen.id.role == role && seen.id.index == index;
    });
    ReplicaStatus status;
    status.id = {"p", "j", record_.attempts_size(), role, index, restart};
    status.liveness = liveness;
    status.record.emplace().set_step(at);
    facts_.observed.push_back(status);
    return facts_.observed.back();
  }
  void Ends(const std::string& role, int index, int exit_code, int signal = 0, bool asked = false) {
    runner::v1::Exit& exit =
        *Now(role, index, StatusRecord::EXITED, Liveness::kGone).record->mutable_exit();
    exit.set_exit_code(exit_code);
    exit.set_signal(signal);
    exit.set_stop_requested(asked);
    exit.mutable_end_time()->set_seconds(++seconds_);
  }
  void AllRun() {
    Now("master", 0, StatusRecord::RUNNING);
    Now("worker", 0, StatusRecord::RUNNING);
    Now("worker", 1, StatusRecord::RUNNING);
    Now("ps", 0, StatusRecord::RUNNING);
    Step();
  }
  void AllOthersEnd() {
    Ends("worker", 0, 0, 15, true);
    Ends("worker", 1, 0, 15, true);
    Ends("ps", 0, 0, 15, true);
  }

  int seconds_ = 0;
};

TEST_F(GangStepTest, EveryReplicaHasItsPort) {
  std::vector<std::string> replicas;
  for (const auto& replica : record_.attempts(0).replicas()) {
    replicas.push_back(replica.role() + std::to_string(replica.index()) + ":" +
                       std::to_string(replica.port()));
  }
  EXPECT_THAT(replicas, ElementsAre("master0:7001", "worker0:7002", "worker1:7003", "ps0:7004"));
}

TEST_F(GangStepTest, RunsWhenAllAreUp) {
  Now("master", 0, StatusRecord::RUNNING);
  Now("worker", 0, StatusRecord::RUNNING);
  Now("worker", 1, StatusRecord::STAGING);
  Now("ps", 0, StatusRecord::RUNNING);
  EXPECT_EQ(Step().record.job().state(), Job::PREPARING);
  Now("worker", 1, StatusRecord::RUNNING);
  EXPECT_EQ(Step().record.job().state(), Job::RUNNING);
}

TEST_F(GangStepTest, TheMasterDecidesAndTheOthersAreTornDown) {
  AllRun();
  Ends("worker", 0, 0);
  Step();
  EXPECT_FALSE(record_.attempts(0).has_stop_time());
  Ends("master", 0, 0);
  Step();
  EXPECT_TRUE(record_.attempts(0).has_stop_time());
  EXPECT_EQ(record_.job().state(), Job::RUNNING);  // while the others still end
  AllOthersEnd();
  EXPECT_EQ(Step().record.job().state(), Job::SUCCEEDED);
}

TEST_F(GangStepTest, AMasterThatEndsBeforeTheOthersAreUpHasRun) {
  Ends("master", 0, 0);
  Now("worker", 0, StatusRecord::STAGING);
  Step();
  EXPECT_EQ(record_.job().state(), Job::PREPARING);
  for (const auto& [role, index] :
       std::vector<std::pair<std::string, int>>{{"worker", 0}, {"worker", 1}, {"ps", 0}}) {
    auto& error =
        *Now(role, index, StatusRecord::NOT_STARTED, Liveness::kGone).record->mutable_error();
    error.set_code(static_cast<int>(StatusCode::kCancelled));
  }
  EXPECT_EQ(Step().record.job().state(), Job::RUNNING);
  EXPECT_EQ(Step().record.job().state(), Job::SUCCEEDED);
}

TEST_F(GangStepTest, AnErrorOfAWorkerFailsTheJobAndIsItsCause) {
  AllRun();
  Ends("worker", 1, 3);
  Step();
  EXPECT_TRUE(record_.attempts(0).has_stop_time());
  Ends("master", 0, 1, 0, true);
  Ends("worker", 0, 0, 15, true);
  Ends("ps", 0, 0, 15, true);
  EXPECT_EQ(Step().record.job().state(), Job::FAILED);
  EXPECT_THAT(record_.job().error_message(),
              ::testing::StartsWith("The replica worker 1 exited with a non-zero status of 3."));
}

TEST_F(GangStepTest, AReplicaThatWasKilledIsStartedAgainAlone) {
  AllRun();
  for (int restart = 1; restart <= kReplicaRestarts; ++restart) {
    Ends("worker", 1, 0, 9);
    EXPECT_THAT(Messages(Step()),
                Contains(HasSubstr("(restart " + std::to_string(restart) + " of 5)")));
    EXPECT_EQ(record_.job().state(), Job::RUNNING);
    const auto& worker = record_.attempts(0).replicas(2);
    EXPECT_EQ(worker.restart(), restart);
    EXPECT_EQ(worker.port(), 7003);
    EXPECT_FALSE(worker.has_status());
    ASSERT_EQ(worker.earlier_size(), restart);
    EXPECT_EQ(worker.earlier(restart - 1).exit().signal(), 9);
  }
  // Once more, and all of the job begins again.
  Ends("worker", 1, 143);
  Step();
  Ends("master", 0, 1, 0, true);
  AllOthersEnd();
  Ends("worker", 1, 143);
  facts_.ports = {};
  Step();
  EXPECT_EQ(record_.attempts_size(), 1);  // no room for it now
  facts_.ports = {8001, 8002, 8003, 8004};
  EXPECT_THAT(Messages(Step()), Contains(HasSubstr("It had been started again 5 times.")));
  ASSERT_EQ(record_.attempts_size(), 2);
  EXPECT_EQ(record_.job().state(), Job::PREPARING);
  EXPECT_EQ(record_.attempts(1).replicas(0).port(), 8001);
  EXPECT_EQ(record_.attempts(1).replicas(2).restart(), 0);
}

TEST_F(GangStepTest, ARestartThatCannotBeLaunchedStopsTheOthers) {
  AllRun();
  Ends("worker", 1, 0, 9);
  Step();
  facts_.launch_error = FailedPreconditionError("the package is gone");
  Step();
  EXPECT_TRUE(record_.attempts(0).has_stop_time());
  EXPECT_EQ(record_.attempts(0).replicas(0).status().step(), StatusRecord::RUNNING);
  EXPECT_EQ(record_.attempts(0).replicas(2).status().step(), StatusRecord::NOT_STARTED);
  EXPECT_FALSE(Step().ends);
  Ends("master", 0, 0, 15, true);
  Ends("worker", 0, 0, 15, true);
  Ends("ps", 0, 0, 15, true);
  EXPECT_EQ(Step().record.job().state(), Job::FAILED);
  EXPECT_THAT(record_.job().error_message(), HasSubstr("the package is gone"));
}

TEST_F(GangStepTest, WhatWeStopIsNotStartedAgain) {
  AllRun();
  record_.mutable_cancel_request_time()->set_seconds(1);
  Step();
  Ends("worker", 0, 0, 15, true);
  Ends("ps", 0, 0, 9);  // killed by others meanwhile
  Step();
  EXPECT_EQ(record_.attempts(0).replicas(3).restart(), 0);
}

TEST_F(JobStepTest, AJobThatRunsTooLongIsCancelledWithTheReason) {
  auto& limit = *record_.mutable_job()
                     ->mutable_training_input()
                     ->mutable_scheduling()
                     ->mutable_max_running_time();
  limit.set_seconds(60);
  StartAndSee(StatusRecord::RUNNING);
  Step();
  facts_.now += std::chrono::seconds(59);
  Step();
  EXPECT_EQ(record_.job().state(), Job::RUNNING);
  facts_.now += std::chrono::seconds(1);
  EXPECT_THAT(Messages(Step()), ElementsAre("The job ran longer than its maxRunningTime of 60s."));
  EXPECT_EQ(record_.job().state(), Job::CANCELLING);
  EXPECT_EQ(record_.job().error_message(), "The job ran longer than its maxRunningTime of 60s.");
  EXPECT_TRUE(record_.has_cancel_request_time());
  EXPECT_THAT(Messages(Step()), IsEmpty());
  See(StatusRecord::EXITED, Liveness::kGone);
  Step();
  EXPECT_EQ(record_.job().state(), Job::CANCELLED);
  EXPECT_EQ(record_.job().error_message(), "The job ran longer than its maxRunningTime of 60s.");
}

policy::BudgetState Budget(const std::string& name, std::int64_t spent) {
  return {{name, 500, "USD", 80, "set"}, "p", FakeClock().Now(), spent};
}

TEST_F(JobStepTest, ABudgetThatIsNearlySpentIsWarnedOfOnce) {
  StartAndSee(StatusRecord::RUNNING);
  facts_.budgets = {Budget("job", 399)};
  Step();
  facts_.budgets = {Budget("job", 400), Budget("month", 100)};
  EXPECT_THAT(Messages(Step()),
              ElementsAre(HasSubstr("The budget of the job is 5.00 USD; 4.00 USD")));
  EXPECT_THAT(Messages(Step()), IsEmpty());
  facts_.budgets = {Budget("job", 450), Budget("month", 450)};
  EXPECT_THAT(Messages(Step()), ElementsAre(HasSubstr("The budget of project p in 2018-01 is")));
  facts_.budgets[0].budget.hundredths = 550;
  EXPECT_THAT(Messages(Step()), ElementsAre(HasSubstr("The budget of the job is 5.50 USD")))
      << "another amount is another budget";
  EXPECT_EQ(record_.job().state(), Job::RUNNING);
}

TEST_F(JobStepTest, AHintIsSaidOnceAndOnlyWhileTheJobRuns) {
  const std::vector<insight::Hint> hints = {{"silent", "It does nothing."}};
  StartAndSee(StatusRecord::STAGING);
  facts_.hints = hints;
  EXPECT_THAT(Messages(Step()), IsEmpty()) << "it is not running yet";
  facts_.hints = {};
  See(StatusRecord::RUNNING);
  Step();
  facts_.hints = hints;
  const JobStep step = Step();
  EXPECT_THAT(step.entries,
              ElementsAre(ServiceEntry{logs::Severity::kWarning, "It does nothing."}));
  EXPECT_THAT(step.record.hints(), ElementsAre("silent"));
  EXPECT_THAT(Messages(Step()), IsEmpty());
  facts_.hints.push_back({"gpu-idle", "It is idle."});
  EXPECT_THAT(Messages(Step()), ElementsAre("It is idle."));
}

TEST_F(JobStepTest, AJobWhoseBudgetIsSpentIsStoppedWithTheReason) {
  const std::string reason =
      "The budget of the job is spent: 5.01 of 5.00 USD. The job is stopped.";
  StartAndSee(StatusRecord::RUNNING);
  Step();
  facts_.budgets = {Budget("job", 501)};
  EXPECT_THAT(Messages(Step()), ElementsAre(reason));
  EXPECT_EQ(record_.job().state(), Job::CANCELLING);
  EXPECT_TRUE(record_.attempts(0).has_stop_time()) << "SIGTERM, and the grace";
  facts_.budgets = {Budget("job", 502)};
  EXPECT_THAT(Messages(Step()), IsEmpty());
  See(StatusRecord::EXITED, Liveness::kGone);
  Step();
  EXPECT_EQ(record_.job().state(), Job::CANCELLED);
  EXPECT_EQ(record_.job().error_message(), reason);
}

TEST_F(JobStepTest, AWaitingJobIsNotStartedForASpentBudgetNorEnded) {
  Step();
  facts_.admitted = true;
  facts_.budgets = {Budget("month", 500)};
  Step();
  EXPECT_EQ(record_.job().state(), Job::QUEUED);
  EXPECT_EQ(record_.attempts_size(), 0);
  facts_.budgets = {Budget("month", 0)};
  Step();
  EXPECT_EQ(record_.job().state(), Job::PREPARING);
}

TEST_F(JobStepTest, AJobThatWaitsTooLongIsCancelledWithTheReason) {
  auto& limit = *record_.mutable_job()
                     ->mutable_training_input()
                     ->mutable_scheduling()
                     ->mutable_max_wait_time();
  limit.set_seconds(1800);
  record_.set_create_time_ns(ToUnixNanos(facts_.now));
  Step();
  facts_.now += std::chrono::seconds(1800);
  const JobStep step = Step();
  EXPECT_TRUE(step.ends);
  EXPECT_EQ(record_.job().state(), Job::CANCELLED);
  EXPECT_EQ(record_.job().error_message(), "The job waited longer than its maxWaitTime of 1800s.");
}

TEST_F(JobStepTest, WithoutPortsAClusterWaits) {
  record_.mutable_job()->mutable_training_input()->set_scale_tier(
      ml::v1::TrainingInput::STANDARD_1);
  facts_.admitted = true;
  facts_.ports = {7001};
  Step();
  EXPECT_EQ(record_.job().state(), Job::QUEUED);
  EXPECT_EQ(record_.attempts_size(), 0);
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
