#include "scheduler/drill_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "scheduler/job_step.h"

namespace mlengine::scheduler {
namespace {

using engine::v1::AttemptRecord;
using engine::v1::DrillRecord;
using executor::ReplicaStatus;
using ml::v1::Job;
using runner::v1::ExitReason;
using runner::v1::StatusRecord;
using ::testing::Contains;
using ::testing::HasSubstr;
using Liveness = ReplicaStatus::Liveness;

// A job with a master and a worker, of which both run.
class DrillStepTest : public ::testing::Test {
 protected:
  DrillStepTest() {
    record_.set_project("p");
    Job& job = *record_.mutable_job();
    job.set_job_id("j");
    job.set_state(Job::QUEUED);
    auto& input = *job.mutable_training_input();
    input.set_scale_tier(ml::v1::TrainingInput::CUSTOM);
    input.set_master_type("standard");
    input.set_worker_type("standard");
    input.set_worker_count(1);
    facts_.now = FakeClock().Now();
    facts_.boot_id = "boot";
    facts_.launch_token = "token";
    facts_.ports = {7001, 7002};
    facts_.server_run = "run-1";
    facts_.admitted = true;
    Step();
    facts_.admitted = false;
    AllRun();
  }

  JobStep Step() {
    JobStep step = NextStep(record_, facts_);
    record_ = step.record;
    record_.set_service_entries(record_.service_entries() + static_cast<int>(step.entries.size()));
    said_.clear();
    for (const ServiceEntry& entry : step.entries) said_.push_back(entry.message);
    return step;
  }
  DrillRecord& Ask(DrillRecord::Kind kind, const std::string& role = "", int index = 0) {
    DrillRecord& drill = *record_.add_drills();
    drill.set_number(record_.drills_size());
    drill.set_kind(kind);
    drill.set_role(role);
    drill.set_index(index);
    return drill;
  }
  StatusRecord& See(const std::string& role, StatusRecord::Step at,
                    Liveness liveness = Liveness::kAlive) {
    int restart = 0;
    for (const auto& replica : record_.attempts().rbegin()->replicas()) {
      if (replica.role() == role) restart = replica.restart();
    }
    std::erase_if(facts_.observed, [&](const ReplicaStatus& seen) { return seen.id.role == role; });
    ReplicaStatus status;
    status.id = {"p", "j", record_.attempts_size(), role, 0, restart};
    status.liveness = liveness;
    status.record.emplace().set_step(at);
    facts_.observed.push_back(status);
    return *facts_.observed.back().record;
  }
  void Ends(const std::string& role, int exit_code, int signal, ExitReason::Code reason,
            bool asked = false) {
    runner::v1::Exit& exit = *See(role, StatusRecord::EXITED, Liveness::kGone).mutable_exit();
    exit.set_exit_code(exit_code);
    exit.set_signal(signal);
    exit.set_reason(reason);
    exit.set_stop_requested(asked);
  }
  void AllRun() {
    See("master", StatusRecord::RUNNING);
    See("worker", StatusRecord::RUNNING);
    Step();
    Step();
  }
  const AttemptRecord& Attempt(int number) { return record_.attempts(number - 1); }
  const DrillRecord& Drill(int number = 1) { return record_.drills(number - 1); }

  store::JobRecord record_;
  StepFacts facts_;
  std::vector<std::string> said_;
};

TEST_F(DrillStepTest, AKillIsStoredBeforeItIsDoneAndDoneUntilItIsSo) {
  ASSERT_EQ(record_.job().state(), Job::RUNNING);
  Ask(DrillRecord::KILL, "worker");
  EXPECT_EQ(ReplicaToKill(record_), nullptr);  // it is only asked for
  Step();
  EXPECT_THAT(said_, Contains("Drill: worker-replica-0 is killed."));
  EXPECT_EQ(Drill().state(), DrillRecord::ACTING);
  ASSERT_NE(ReplicaToKill(record_), nullptr);
  EXPECT_EQ(ReplicaToKill(record_)->role(), "worker");
  Ends("worker", 0, 9, ExitReason::DRILLED);
  Step();
  // The next execution is not the one that was to be killed.
  EXPECT_EQ(Attempt(1).replicas(1).restart(), 1);
  EXPECT_EQ(ReplicaToKill(record_), nullptr);
  EXPECT_EQ(Drill().state(), DrillRecord::ACTING);
  See("worker", StatusRecord::RUNNING);
  Step();
  EXPECT_EQ(Drill().state(), DrillRecord::BACK);
  EXPECT_TRUE(Drill().note().empty());
  EXPECT_THAT(said_, Contains("Drill: worker-replica-0 runs again."));
}

TEST_F(DrillStepTest, DrillsUseUpNoRestarts) {
  for (int i = 0; i < kReplicaRestarts + 2; ++i) {
    Ask(DrillRecord::KILL, "worker");
    Step();
    Ends("worker", 0, 9, ExitReason::DRILLED);
    Step();
    EXPECT_THAT(said_, Contains(HasSubstr("not counted; 0 of 5 restarts are used")));
    See("worker", StatusRecord::RUNNING);
    Step();
  }
  EXPECT_EQ(Attempt(1).replicas(1).restart(), kReplicaRestarts + 2);
  EXPECT_EQ(CountedRestarts(Attempt(1).replicas(1)), 0);
  for (int i = 1; i <= kReplicaRestarts; ++i) {
    Ends("worker", 0, 9, ExitReason::KILLED);
    Step();
    EXPECT_THAT(said_, Contains(HasSubstr("(restart " + std::to_string(i) + " of 5)")));
  }
  Ends("worker", 0, 9, ExitReason::KILLED);
  Step();
  EXPECT_TRUE(Attempt(1).has_stop_time());
}

TEST_F(DrillStepTest, AReplicaThatEndedBeforeItsKillIsTold) {
  Ask(DrillRecord::KILL, "worker");
  Step();
  Ends("worker", 0, 9, ExitReason::KILLED);
  Step();
  See("worker", StatusRecord::RUNNING);
  Step();
  EXPECT_EQ(Drill().state(), DrillRecord::BACK);
  EXPECT_THAT(Drill().note(), HasSubstr("ended before it was killed"));
}

TEST_F(DrillStepTest, APreemptionStartsTheJobAgain) {
  Ask(DrillRecord::PREEMPT);
  Step();
  EXPECT_TRUE(Attempt(1).has_stop_time());
  EXPECT_EQ(Attempt(1).drill(), 1);
  EXPECT_EQ(record_.job().state(), Job::RUNNING);
  // A program that saves and ends well when it is told to is not done.
  Ends("master", 0, 0, ExitReason::STOPPED, true);
  Ends("worker", 0, 15, ExitReason::STOPPED, true);
  Step();
  ASSERT_EQ(record_.attempts_size(), 2);
  EXPECT_EQ(Attempt(1).outcome(), AttemptRecord::PREEMPTED);
  EXPECT_EQ(record_.job().state(), Job::PREPARING);
  EXPECT_EQ(CountedAttempts(record_), 1);
  EXPECT_THAT(said_, Contains("How the replicas ended: master 0 PREEMPTED, worker 0 PREEMPTED."));
  EXPECT_EQ(Drill().state(), DrillRecord::ACTING);
  facts_.observed.clear();
  AllRun();
  EXPECT_EQ(Drill().state(), DrillRecord::BACK);
}

TEST_F(DrillStepTest, AnEndOfItsOwnBeforeTheStopCounts) {
  Ask(DrillRecord::PREEMPT);
  Step();
  Ends("master", 0, 0, ExitReason::FINISHED);
  Ends("worker", 0, 15, ExitReason::STOPPED, true);
  EXPECT_TRUE(Step().ends);
  EXPECT_EQ(record_.job().state(), Job::SUCCEEDED);
}

TEST_F(DrillStepTest, AFailureBeforeTheStopCountsToo) {
  Ask(DrillRecord::PREEMPT);
  Step();
  Ends("master", 1, 0, ExitReason::USER_ERROR);
  Ends("worker", 0, 15, ExitReason::STOPPED, true);
  EXPECT_TRUE(Step().ends);
  EXPECT_EQ(record_.job().state(), Job::FAILED);
}

TEST_F(DrillStepTest, ACancelledJobIsNotStartedAgain) {
  Ask(DrillRecord::PREEMPT);
  Step();
  record_.mutable_cancel_request_time()->set_seconds(1);
  Step();
  Ends("master", 0, 15, ExitReason::STOPPED, true);
  Ends("worker", 0, 15, ExitReason::STOPPED, true);
  EXPECT_TRUE(Step().ends);
  EXPECT_EQ(record_.job().state(), Job::CANCELLED);
  EXPECT_EQ(record_.attempts_size(), 1);
}

TEST_F(DrillStepTest, PreemptionsUseUpNoRetries) {
  for (int i = 1; i <= kAttemptRetries + 2; ++i) {
    Ask(DrillRecord::PREEMPT);
    Step();
    Ends("master", 0, 15, ExitReason::STOPPED, true);
    Ends("worker", 0, 15, ExitReason::STOPPED, true);
    Step();
    ASSERT_EQ(record_.attempts_size(), i + 1);
    facts_.observed.clear();
    AllRun();
  }
  // A runner that is lost then is the first that counts.
  See("master", StatusRecord::RUNNING, Liveness::kGone);
  See("worker", StatusRecord::RUNNING);
  Step();
  Ends("worker", 0, 15, ExitReason::STOPPED, true);
  Step();
  EXPECT_EQ(record_.job().state(), Job::PREPARING);
  EXPECT_EQ(CountedAttempts(record_), 2);
}

TEST_F(DrillStepTest, TheServersNextRunIsTheEndOfItsRestart) {
  Ask(DrillRecord::RESTART_SERVER);
  EXPECT_FALSE(WantsServerRestart(record_, "run-1"));
  facts_.marks.resize(2);
  Step();
  EXPECT_TRUE(WantsServerRestart(record_, "run-1"));
  EXPECT_FALSE(WantsServerRestart(record_, "run-2"));
  EXPECT_EQ(Drill().marks_size(), 2);
  Step();  // still the same
  EXPECT_EQ(Drill().state(), DrillRecord::ACTING);
  facts_.server_run = "run-2";
  Step();
  EXPECT_EQ(Drill().state(), DrillRecord::BACK);
  EXPECT_FALSE(Attempt(1).has_stop_time());
}

TEST_F(DrillStepTest, WhatCannotBeDoneAnyMoreIsDropped) {
  Ask(DrillRecord::KILL, "worker");
  See("worker", StatusRecord::EXITED, Liveness::kGone).mutable_exit()->set_exit_code(1);
  Step();
  EXPECT_EQ(Drill().state(), DrillRecord::DROPPED);
  EXPECT_THAT(Drill().note(), HasSubstr("has ended"));
  EXPECT_EQ(DrillUnderWay(record_), nullptr);
}

}  // namespace
}  // namespace mlengine::scheduler
