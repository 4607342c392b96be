#include "scheduler/talk_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::scheduler {
namespace {

using ::testing::HasSubstr;

void Add(engine::v1::AttemptRecord& attempt, const char* role, int index, int port, bool reached) {
  engine::v1::ReplicaRecord& replica = *attempt.add_replicas();
  replica.set_role(role);
  replica.set_index(index);
  replica.set_port(port);
  replica.mutable_status()->mutable_exit()->set_reached(reached);
}

TEST(TalkEntryTest, OneReplicaHasNobodyToTalkTo) {
  engine::v1::AttemptRecord attempt;
  Add(attempt, "master", 0, 0, false);
  EXPECT_FALSE(TalkEntry(attempt));
}

TEST(TalkEntryTest, AWarningWhenEachWorkedAlone) {
  engine::v1::AttemptRecord attempt;
  Add(attempt, "master", 0, 28000, false);
  Add(attempt, "worker", 0, 28001, false);
  Add(attempt, "evaluator", 0, 0, false);
  const auto entry = TalkEntry(attempt);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->severity, logs::Severity::kWarning);
  EXPECT_THAT(entry->message, HasSubstr("None of the 2 replicas was called"));
}

TEST(TalkEntryTest, NamesThoseThatNobodyCalled) {
  engine::v1::AttemptRecord attempt;
  Add(attempt, "master", 0, 28000, false);
  Add(attempt, "worker", 0, 28001, true);
  Add(attempt, "ps", 0, 28002, true);
  auto entry = TalkEntry(attempt);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->severity, logs::Severity::kInfo);
  EXPECT_THAT(entry->message, HasSubstr("2 of the 3 replicas were called"));
  EXPECT_THAT(entry->message, HasSubstr("not called: master-replica-0."));
  attempt.mutable_replicas(0)->mutable_status()->mutable_exit()->set_reached(true);
  entry = TalkEntry(attempt);
  EXPECT_THAT(entry->message, HasSubstr("3 of the 3 replicas"));
  EXPECT_THAT(entry->message, ::testing::Not(HasSubstr("not called")));
}

}  // namespace
}  // namespace mlengine::scheduler
