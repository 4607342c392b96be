#include "policy/drill.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::policy {
namespace {

using engine::v1::DrillRecord;
using engine::v1::JobRecord;
using ml::v1::Job;
using runner::v1::StatusRecord;
using ::testing::HasSubstr;

// A master and two workers that run.
class DrillTest : public ::testing::Test {
 protected:
  DrillTest() {
    record_.mutable_job()->set_job_id("j");
    record_.mutable_job()->set_state(Job::RUNNING);
    auto* attempt = record_.add_attempts();
    attempt->set_number(1);
    for (const auto& [role, index] :
         {std::pair("master", 0), std::pair("worker", 0), std::pair("worker", 1)}) {
      auto* replica = attempt->add_replicas();
      replica->set_role(role);
      replica->set_index(index);
      replica->mutable_status()->set_step(StatusRecord::RUNNING);
    }
  }
  Status Fill(std::string_view action, std::string_view replica = "") {
    drill_.Clear();
    return FillDrill(record_, action, replica, drill_);
  }
  std::string Refusal() { return CheckDrill(record_, drill_).message(); }
  runner::v1::StatusRecord& Worker1() {
    return *record_.mutable_attempts(0)->mutable_replicas(2)->mutable_status();
  }

  JobRecord record_;
  DrillRecord drill_;
};

TEST_F(DrillTest, FindsTheReplica) {
  ASSERT_TRUE(Fill("kill", "worker:1").ok());
  EXPECT_EQ(drill_.kind(), DrillRecord::KILL);
  EXPECT_EQ(ReplicaWord(drill_.role(), drill_.index()), "worker:1");
  ASSERT_TRUE(Fill("kill", "master").ok());
  EXPECT_EQ(ReplicaWord(drill_.role(), drill_.index()), "master:0");
  EXPECT_TRUE(CheckDrill(record_, drill_).ok());
}

TEST_F(DrillTest, SaysWhatIsWrongWithTheWords) {
  EXPECT_THAT(Fill("kill", "worker:7").message(),
              HasSubstr("no replica worker:7. It has master:0, worker:0 and worker:1."));
  EXPECT_EQ(Fill("kill", "ps").code(), StatusCode::kNotFound);
  EXPECT_THAT(Fill("kill", "worker").message(), HasSubstr("could be any of 2 replicas"));
  for (const char* word : {"worker:", "worker:x", "worker:-1", "worker:1x", "worker:99999999999"})
    EXPECT_THAT(Fill("kill", word).message(), HasSubstr("names no replica")) << word;
  EXPECT_THAT(Fill("kill").message(), HasSubstr("which replica"));
  EXPECT_THAT(Fill("burn").message(), HasSubstr("is no drill; there are kill, preempt"));
  EXPECT_THAT(Fill("preempt", "worker:1").message(), HasSubstr("concern all of the job"));
}

TEST_F(DrillTest, OnlyOfAJobThatRuns) {
  ASSERT_TRUE(Fill("preempt").ok());
  EXPECT_TRUE(CheckDrill(record_, drill_).ok());
  for (const auto& [state, words] :
       {std::pair(Job::QUEUED, "waits in the queue"), std::pair(Job::PREPARING, "is being started"),
        std::pair(Job::CANCELLING, "is being stopped"),
        std::pair(Job::SUCCEEDED, "has ended: SUCCEEDED")}) {
    record_.mutable_job()->set_state(state);
    EXPECT_EQ(CheckDrill(record_, drill_).code(), StatusCode::kFailedPrecondition);
    EXPECT_THAT(Refusal(), HasSubstr(words));
  }
  record_.mutable_job()->set_state(Job::RUNNING);
  record_.mutable_attempts(0)->mutable_stop_time()->set_seconds(1);
  EXPECT_THAT(Refusal(), HasSubstr("is ending"));
}

TEST_F(DrillTest, OnlyOfAReplicaThatRuns) {
  ASSERT_TRUE(Fill("kill", "worker:1").ok());
  Worker1().set_step(StatusRecord::STAGING);
  EXPECT_THAT(Refusal(), HasSubstr("is being started again"));
  Worker1().set_step(StatusRecord::EXITED);
  EXPECT_THAT(Refusal(), HasSubstr("has ended"));
}

TEST_F(DrillTest, OneAtATime) {
  ASSERT_TRUE(Fill("preempt").ok());
  auto* other = record_.add_drills();
  other->set_number(1);
  other->set_state(DrillRecord::ACTING);
  EXPECT_THAT(Refusal(), HasSubstr("Drill 1 of j is not over yet"));
  EXPECT_TRUE(CheckDrill(record_, *other).ok());  // not in its own way
  other->set_state(DrillRecord::BACK);
  EXPECT_TRUE(CheckDrill(record_, drill_).ok());
}

}  // namespace
}  // namespace mlengine::policy
