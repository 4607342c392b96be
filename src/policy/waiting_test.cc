#include "policy/waiting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

PoolJob Job(const std::string& name, int replicas, std::int64_t sequence, bool holds = false) {
  PoolJob job;
  job.name = name;
  job.replicas = replicas;
  job.sequence = sequence;
  job.holds_room = holds;
  return job;
}

const Time kNow{std::chrono::seconds(1000)};

std::vector<std::string> Why(const PoolJob& job, const std::vector<PoolJob>& others, PoolSize pool,
                             const PastJobs& past = {}) {
  std::vector<std::string> sentences;
  for (const Reason& reason : WhyWaiting(job, others, pool, past, kNow)) {
    EXPECT_NE(reason.code, "") << reason.sentence;
    sentences.push_back(reason.sentence);
  }
  return sentences;
}

TEST(WaitingTest, ProgramsReadTheSame) {
  std::vector<PoolJob> others = {Job("a", 3, 1, true)};
  for (int i = 0; i < 7; ++i) others.push_back(Job("b" + std::to_string(i), 1, 2 + i));
  const std::vector<Reason> reasons = WhyWaiting(Job("j", 2, 9), others, {4}, {}, kNow);
  ASSERT_EQ(reasons.size(), 4U);
  using Values = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(reasons[0].code, "NEEDS_ROOM");
  EXPECT_EQ(reasons[0].values, (Values{{"slots", "2"},
                                       {"gpus", "0"},
                                       {"poolSlots", "4"},
                                       {"poolGpus", "0"},
                                       {"freeSlots", "1"},
                                       {"freeGpus", "0"}}));
  EXPECT_EQ(reasons[1].code, "HELD_BY");
  EXPECT_EQ(reasons[1].values, (Values{{"count", "1"}, {"jobs", "a"}, {"more", "0"}}));
  EXPECT_EQ(reasons[2].code, "BEHIND");
  EXPECT_EQ(reasons[2].values,
            (Values{{"count", "7"}, {"jobs", "b0, b1, b2, b3, b4"}, {"more", "2"}}));
  EXPECT_EQ(reasons[3].code, "START_UNKNOWN");
}

TEST(WaitingTest, SaysWhoHoldsTheRoom) {
  EXPECT_THAT(Why(Job("j", 2, 9), {Job("a", 3, 1, true), Job("later", 1, 10)}, {4}),
              ElementsAre("It needs 2 slots of the 4 of the pool; 1 is free.",
                          "Room is held by a (3 slots).",
                          "When it starts is not known: no job of this project has succeeded yet "
                          "that would tell how long they take."));
}

TEST(WaitingTest, SaysWhoIsBeforeIt) {
  PoolJob urgent = Job("urgent", 1, 20);
  urgent.priority = 5;
  EXPECT_THAT(
      Why(Job("j", 1, 9), {Job("a", 4, 1, true), urgent, Job("old", 8, 2)}, {4}),
      ElementsAre("It needs 1 slot of the 4 of the pool; 0 are free.",
                  "Room is held by a (4 slots).",
                  "2 jobs are before it, of a higher priority or older: urgent (1 slot), old "
                  "(8 slots).",
                  HasSubstr("is not known")));
}

TEST(WaitingTest, KnowsTheLatestStartWhenAllHaveLimits) {
  PoolJob short_one = Job("s", 1, 1, true);
  short_one.started = Time{};
  short_one.limit = std::chrono::seconds(1060);
  PoolJob long_one = Job("l", 1, 2, true);
  long_one.started = Time{};
  long_one.limit = std::chrono::seconds(3600);
  EXPECT_EQ(Why(Job("j", 1, 9), {long_one, short_one}, {2}).back(),
            "It starts at 1970-01-01T00:17:40Z at the latest, by the maxRunningTime of those that "
            "run.");
  EXPECT_EQ(Why(Job("j", 2, 9), {long_one, short_one}, {2}).back(),
            "It starts at 1970-01-01T01:00:00Z at the latest, by the maxRunningTime of those that "
            "run.");
}

TEST(WaitingTest, AJobLargerThanThePoolWaitsForAllOfIt) {
  EXPECT_EQ(Why(Job("j", 8, 9), {Job("a", 1, 1, true)}, {2}).front(),
            "It needs 8 slots, more than the 2 of the pool, so it runs alone, once all of them are "
            "free.");
  EXPECT_EQ(Why(Job("j", 1, 9), {}, {2}).back(), "It is the next to start.");
}

TEST(WaitingTest, CountsGpus) {
  PoolJob job = Job("j", 1, 9);
  job.gpus = 1;
  PoolJob holder = Job("a", 1, 1, true);
  holder.gpus = 2;
  const auto why = Why(job, {holder}, {4, 2});
  EXPECT_EQ(why[0], "It needs 1 slot and 1 GPU of the 4 and 2 of the pool; 3 slots are free.");
  EXPECT_EQ(why[1], "Room is held by a (1 slot and 2 GPUs).");
}

TEST(WaitingTest, SaysThatNoPoolHasSuchADevice) {
  PoolJob job = Job("j", 1, 9);
  job.gpus = 4;
  EXPECT_THAT(Why(job, {}, {4, 2}),
              ElementsAre("It needs 4 GPUs, and no pool has so many: the local one has 2. It waits "
                          "until it is cancelled, or the server finds more."));
  job.gpus = 0;
  job.tpus = 8;
  EXPECT_THAT(Why(job, {}, {4, 2}),
              ElementsAre("It needs 8 TPUs, and no pool has such a device: it waits until it is "
                          "cancelled."));
  // And it holds up nobody.
  EXPECT_EQ(Why(Job("k", 1, 10), {job}, {2}).back(), "It is the next to start.");
}

TEST(WaitingTest, EstimatesTheStartFromThePast) {
  PoolJob holder = Job("a", 1, 1, true);
  holder.started = kNow - std::chrono::seconds(40);
  const PastJobs past{7, std::chrono::seconds(100)};
  EXPECT_EQ(Why(Job("j", 1, 9), {holder}, {1}, past).back(),
            "It starts at about 1970-01-01T00:17:40Z, if jobs take as long as the last 7 that "
            "succeeded in this project: 100 s, their median.");
  // One before it takes its turn first; with its own limit it is shorter.
  PoolJob before = Job("b", 1, 2);
  before.limit = std::chrono::seconds(10);
  EXPECT_EQ(EstimatedStart(Job("j", 1, 9), {holder, before}, {1}, past.typical_length, kNow),
            kNow + std::chrono::seconds(70));
  // Two slots: the other one is taken first, and j gets that of a.
  EXPECT_EQ(
      EstimatedStart(Job("j", 1, 9), {holder, Job("b", 1, 2)}, {2}, past.typical_length, kNow),
      kNow + std::chrono::seconds(60));
  holder.started = kNow - std::chrono::seconds(400);
  EXPECT_EQ(Why(Job("j", 1, 9), {holder}, {1}, past).back(),
            "When it starts is not known: what runs takes longer than jobs of this project have "
            "taken.");
}

}  // namespace
}  // namespace mlengine::policy
