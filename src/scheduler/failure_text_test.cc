#include "scheduler/failure_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::scheduler {
namespace {

using engine::v1::AttemptRecord;
using engine::v1::ReplicaRecord;
using model::ExitReason;
using runner::v1::StatusRecord;
using ::testing::EndsWith;

ReplicaRecord& Add(AttemptRecord& attempt, const char* role, int index, ExitReason::Code reason) {
  ReplicaRecord& replica = *attempt.add_replicas();
  replica.set_role(role);
  replica.set_index(index);
  replica.mutable_status()->set_step(StatusRecord::EXITED);
  replica.mutable_status()->mutable_exit()->set_reason(reason);
  replica.mutable_status()->mutable_exit()->set_stop_requested(reason == ExitReason::STOPPED);
  return replica;
}

TEST(FailureTextTest, TheReasonFollowsTheOriginalsWords) {
  AttemptRecord attempt;
  ReplicaRecord& replica = Add(attempt, "master", 0, ExitReason::KILLED);
  replica.mutable_status()->mutable_exit()->set_signal(9);
  EXPECT_EQ(ExitText(replica),
            "The replica master 0 exited with a non-zero status of 137. Termination reason: killed "
            "by signal 9. " +
                std::string(model::RowOf(ExitReason::KILLED).sentence));
  replica.mutable_status()->mutable_exit()->set_reason(ExitReason::UNKNOWN);  // an older runner's
  EXPECT_THAT(ExitText(replica), EndsWith("killed by signal 9."));
}

TEST(FailureTextTest, ATracebackSaysMoreThanASentence) {
  AttemptRecord attempt;
  ReplicaRecord& replica = Add(attempt, "worker", 2, ExitReason::USER_ERROR);
  replica.mutable_status()->mutable_exit()->set_exit_code(3);
  EXPECT_THAT(ExitText(replica),
              EndsWith("status of 3. The program ended itself with this status."));
  replica.mutable_status()->mutable_exit()->set_traceback("KeyError: 1");
  EXPECT_THAT(ExitText(replica), EndsWith("Termination reason: Error. KeyError: 1"));
}

TEST(EndsTextTest, WhatWasStoppedSaysForWhat) {
  store::JobRecord record;
  AttemptRecord attempt;
  attempt.set_boot_id("b");
  Add(attempt, "master", 0, ExitReason::FINISHED);
  for (const int i : {0, 1}) Add(attempt, "worker", i, ExitReason::STOPPED);
  EXPECT_EQ(EndsText(record, attempt, "b"),
            "How the replicas ended: master 0 FINISHED, worker 0 to 1 TORN_DOWN.");
  attempt.mutable_replicas(0)->set_runner_lost(true);
  EXPECT_EQ(EndsText(record, attempt, "b"),
            "How the replicas ended: master 0 RUNNER_LOST, worker 0 to 1 STOPPED_WITH_JOB.");
  EXPECT_EQ(ReasonOf(record, attempt, attempt.replicas(0), "c"), ExitReason::MACHINE_REBOOTED);
  record.mutable_cancel_request_time()->set_seconds(1);
  const auto stopped = [&] { return ReasonOf(record, attempt, attempt.replicas(1), "b"); };
  EXPECT_EQ(stopped(), ExitReason::CANCELLED);
  record.set_cancel_reason(std::string(kRanTooLong) + "1s.");
  EXPECT_EQ(stopped(), ExitReason::TIME_LIMIT);
  record.set_cancel_reason("The budget is spent.");
  EXPECT_EQ(stopped(), ExitReason::BUDGET);
}

}  // namespace
}  // namespace mlengine::scheduler
