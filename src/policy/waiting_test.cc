#include "policy/waiting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::policy {
namespace {

using ::testing::ElementsAre;

PoolJob Job(const std::string& name, int replicas, std::int64_t sequence, bool holds = false) {
  PoolJob job;
  job.name = name;
  job.replicas = replicas;
  job.sequence = sequence;
  job.holds_room = holds;
  return job;
}

TEST(WaitingTest, SaysWhoHoldsTheRoom) {
  EXPECT_THAT(WhyWaiting(Job("j", 2, 9), {Job("a", 3, 1, true), Job("later", 1, 10)}, 4),
              ElementsAre("It needs 2 slots of the 4 of the pool; 1 is free.",
                          "Room is held by a (3 slots).",
                          "When it starts is not known: what runs has no maxRunningTime."));
}

TEST(WaitingTest, SaysWhoIsBeforeIt) {
  PoolJob urgent = Job("urgent", 1, 20);
  urgent.priority = 5;
  EXPECT_THAT(
      WhyWaiting(Job("j", 1, 9), {Job("a", 4, 1, true), urgent, Job("old", 8, 2)}, 4),
      ElementsAre("It needs 1 slot of the 4 of the pool; 0 are free.",
                  "Room is held by a (4 slots).",
                  "2 jobs are before it, of a higher priority or older: urgent (1 slot), old "
                  "(8 slots)."));
}

TEST(WaitingTest, KnowsTheLatestStartWhenAllHaveLimits) {
  PoolJob short_one = Job("s", 1, 1, true);
  short_one.ends_by = Time(std::chrono::seconds(60));
  PoolJob long_one = Job("l", 1, 2, true);
  long_one.ends_by = Time(std::chrono::seconds(3600));
  EXPECT_EQ(WhyWaiting(Job("j", 1, 9), {long_one, short_one}, 2).back(),
            "It starts at 1970-01-01T00:01:00Z at the latest, by the maxRunningTime of those that "
            "run.");
  EXPECT_EQ(WhyWaiting(Job("j", 2, 9), {long_one, short_one}, 2).back(),
            "It starts at 1970-01-01T01:00:00Z at the latest, by the maxRunningTime of those that "
            "run.");
}

TEST(WaitingTest, AJobLargerThanThePoolWaitsForAllOfIt) {
  EXPECT_EQ(WhyWaiting(Job("j", 8, 9), {Job("a", 1, 1, true)}, 2).front(),
            "It needs 8 slots, more than the 2 of the pool, so it runs alone, once all of them are "
            "free.");
  EXPECT_EQ(WhyWaiting(Job("j", 1, 9), {}, 2).back(), "It is the next to start.");
}

}  // namespace
}  // namespace mlengine::policy
