#include "policy/replica_lifetimes.h"

#include <gtest/gtest.h>

namespace mlengine::policy {
namespace {

using engine::v1::AttemptRecord;
using engine::v1::JobRecord;
using engine::v1::ReplicaRecord;
using runner::v1::StatusRecord;

Time At(int second) {
  return FromUnixNanos(second * 1'000'000'000LL);
}

StatusRecord Ran(int start, int end) {
  StatusRecord status;
  status.set_step(end > 0 ? StatusRecord::EXITED : StatusRecord::RUNNING);
  for (const int second : {start, start + 1})
    status.add_phases()->mutable_start_time()->set_seconds(second);
  if (end > 0) status.mutable_exit()->mutable_end_time()->set_seconds(end);
  return status;
}

ReplicaRecord& Add(AttemptRecord& attempt, const std::string& role, const StatusRecord& status) {
  ReplicaRecord& replica = *attempt.add_replicas();
  replica.set_role(role);
  *replica.mutable_status() = status;
  return replica;
}

struct Expected {
  const char* role;
  int start;
  int end;
};

void Expect(const JobRecord& record, const std::vector<Expected>& expected) {
  const std::vector<ReplicaLifetime> lifetimes = LifetimesOf(record, At(1000));
  ASSERT_EQ(lifetimes.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(lifetimes[i].role, expected[i].role) << i;
    EXPECT_EQ(lifetimes[i].start, At(expected[i].start)) << i;
    EXPECT_EQ(lifetimes[i].end, At(expected[i].end)) << i;
  }
}

TEST(ReplicaLifetimesTest, FromTheFirstPhaseToTheExitOrUntilNow) {
  JobRecord record;
  Expect(record, {});
  AttemptRecord& attempt = *record.add_attempts();
  Add(attempt, "master", StatusRecord());
  Expect(record, {});
  *attempt.mutable_replicas(0)->mutable_status() = Ran(100, 0);
  Add(attempt, "ps", Ran(110, 150));
  Expect(record, {{"master", 100, 1000}, {"ps", 110, 150}});
}

TEST(ReplicaLifetimesTest, EveryExecutionOfEveryAttemptCounts) {
  JobRecord record;
  AttemptRecord& first = *record.add_attempts();
  ReplicaRecord& restarted = Add(first, "worker", Ran(160, 170));
  *restarted.add_earlier() = Ran(100, 150);
  first.mutable_stop_time()->set_seconds(165);
  first.mutable_end_time()->set_seconds(180);
  Add(*record.add_attempts(), "worker", Ran(200, 0));
  Expect(record, {{"worker", 100, 150}, {"worker", 160, 170}, {"worker", 200, 1000}});
}

TEST(ReplicaLifetimesTest, OneThatLeftNoExitStopsWithItsAttempt) {
  JobRecord record;
  AttemptRecord& attempt = *record.add_attempts();
  Add(attempt, "master", Ran(100, 0)).set_runner_lost(true);
  StatusRecord failed = Ran(100, 0);
  failed.set_step(StatusRecord::NOT_STARTED);
  Add(attempt, "ps", failed);
  Add(attempt, "worker", Ran(100, 0));
  Expect(record, {{"master", 100, 1000}, {"ps", 100, 1000}, {"worker", 100, 1000}});
  attempt.mutable_stop_time()->set_seconds(300);
  Expect(record, {{"master", 100, 300}, {"ps", 100, 300}, {"worker", 100, 1000}});
  attempt.mutable_end_time()->set_seconds(310);
  Expect(record, {{"master", 100, 300}, {"ps", 100, 300}, {"worker", 100, 310}});
}

}  // namespace
}  // namespace mlengine::policy
