#include "scheduler/cause_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "scheduler/cause_evidence.h"

namespace mlengine::scheduler {
namespace {

using insight::Cause;
using insight::CauseKind;
using runner::v1::ExitReason;
using runner::v1::StatusRecord;
using ::testing::HasSubstr;

engine::v1::ReplicaRecord& Add(engine::v1::AttemptRecord& attempt, const char* role, int index,
                               int second) {
  engine::v1::ReplicaRecord& replica = *attempt.add_replicas();
  replica.set_role(role);
  replica.set_index(index);
  replica.mutable_status()->set_step(StatusRecord::EXITED);
  auto& exit = *replica.mutable_status()->mutable_exit();
  exit.set_exit_code(1);
  exit.set_reason(ExitReason::USER_ERROR);
  exit.set_stderr_bytes(7);
  exit.mutable_end_time()->set_seconds(second);
  return replica;
}

class CauseRecordTest : public ::testing::Test {
 protected:
  CauseRecordTest() {
    step_.record.mutable_job()->set_state(ml::v1::Job::FAILED);
    step_.record.mutable_job()->set_error_message("as it was");
    step_.entries = {{logs::Severity::kError, "as it was"}, {logs::Severity::kInfo, "Job failed."}};
    facts_.job_url = "URL";
    cause_.kind = CauseKind::kException;
    cause_.role = "worker";
    cause_.index = 1;
    cause_.when_ns = 2'000'000'005;
    cause_.sentence = "The program raised X.";
    cause_.advice = "Do.";
    cause_.evidence = {"line"};
    cause_.followers = {{"master", 0, 1, "It lost it."}};
  }

  engine::v1::AttemptRecord& attempt() {
    return step_.record.attempts_size() == 0 ? *step_.record.add_attempts()
                                             : *step_.record.mutable_attempts(0);
  }

  JobStep step_;
  StepFacts facts_;
  Cause cause_;
};

TEST_F(CauseRecordTest, TheOriginalsWordsComeFirstAndAreOfTheReplicaThatFailedFirst) {
  Add(attempt(), "master", 0, 1);
  Add(attempt(), "worker", 1, 2);
  TellCause(cause_, facts_, step_);
  const std::string& message = step_.record.job().error_message();
  EXPECT_EQ(
      message,
      "The replica worker 1 exited with a non-zero status of 1. The program ended itself with "
      "this status.\nTo find out more about why your job exited please check the logs: "
      "URL\nFirst cause: worker 1: The program raised X. Do.");
  EXPECT_EQ(step_.entries[0].message, message);
  EXPECT_EQ(step_.entries[1].message, "Job failed.");
  EXPECT_EQ(step_.record.cause().kind(), "EXCEPTION");
  EXPECT_EQ(step_.record.cause().time().nanos(), 5);
  EXPECT_EQ(step_.record.cause().followers(0).sentence(), "It lost it.");
}

TEST_F(CauseRecordTest, OfOneReplicaNoNameIsNeeded) {
  Add(attempt(), "worker", 1, 2);
  cause_.advice.clear();
  TellCause(cause_, facts_, step_);
  EXPECT_THAT(step_.record.job().error_message(),
              HasSubstr("\nFirst cause: The program raised X."));
}

TEST_F(CauseRecordTest, TailsAreReadOfThoseThatFailedFirstAndNotOfMore) {
  for (int i = 0; i < kMostTails + 8; ++i) Add(attempt(), "worker", i, 1000 - i);
  Add(attempt(), "master", 0, 2000)
      .mutable_status()
      ->mutable_exit()
      ->set_reason(ExitReason::FINISHED);
  std::vector<int> read;
  const auto evidence =
      EvidenceOf(step_.record, "",
                 [&](const logs::StreamRef& stream, std::uint64_t written, std::uint64_t most) {
                   EXPECT_LE(most, kStderrTail);
                   if (stream.kind == logs::StreamRef::Kind::kStdout) {
                     EXPECT_EQ(written, 0U);
                     return std::string();
                   }
                   EXPECT_EQ(written, 7U);
                   read.push_back(stream.index);
                   return std::string("\xff");
                 });
  ASSERT_EQ(evidence.executions.size(), static_cast<std::size_t>(kMostTails) + 9);
  EXPECT_EQ(read.size(), static_cast<std::size_t>(kMostTails));
  EXPECT_EQ(read.front(), kMostTails + 7);
  EXPECT_EQ(evidence.executions[0].err, "\xEF\xBF\xBD");
}

TEST_F(CauseRecordTest, EarlierExecutionsAreEvidenceToo) {
  engine::v1::ReplicaRecord& replica = Add(attempt(), "worker", 0, 9);
  replica.set_restart(1);
  replica.set_port(20001);
  StatusRecord& earlier = *replica.add_earlier();
  earlier.set_step(StatusRecord::EXITED);
  earlier.mutable_exit()->set_signal(9);
  earlier.mutable_exit()->set_reason(ExitReason::KILLED);
  const auto evidence =
      EvidenceOf(step_.record, "", [](const auto&, auto, auto) { return std::string(); });
  ASSERT_EQ(evidence.executions.size(), 2U);
  EXPECT_TRUE(evidence.executions[0].superseded);
  EXPECT_EQ(evidence.executions[0].end, insight::EndKind::kKilled);
  EXPECT_EQ(evidence.executions[1].restart, 1);
  EXPECT_EQ(evidence.executions[1].address, "127.0.0.1:20001");
}

}  // namespace
}  // namespace mlengine::scheduler
