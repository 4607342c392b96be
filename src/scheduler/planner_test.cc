#include "scheduler/planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>

namespace mlengine::scheduler {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

store::JobKey Key(const std::string& id) {
  return {"p", id};
}

// Jobs in the order in which they wait.
class PlannerTest : public ::testing::Test {
 protected:
  void Wait(const std::string& id, int replicas = 1, int gpus_each = 0) {
    Wait(id, Demand{.replicas = {{replicas, gpus_each}}});
  }
  void Wait(const std::string& id, Demand demand) {
    queue_.Add({0, next_++}, {Key(id), std::move(demand)});
  }
  // What is admitted into a pool of one node where jobs of these sizes run.
  std::vector<std::string> Plan(int slots, const std::vector<int>& holding = {}) {
    PoolRoom room({{slots, 0}});
    for (const int replicas : holding) room.Hold({.replicas = {{replicas, 0}}});
    return Plan(room);
  }
  std::vector<std::string> Plan(PoolRoom& room) {
    std::vector<std::string> ids;
    for (const Admission& admission : PlanAdmissions(queue_, room, accounts_)) {
      ids.push_back(admission.key.job_id + (admission.time_shared ? " alone" : ""));
    }
    return ids;
  }

  JobQueue queue_;
  AccountRoom accounts_;
  std::int64_t next_ = 0;
};

TEST_F(PlannerTest, FillsTheSlotsInOrder) {
  for (const char* id : {"a", "b", "c"}) Wait(id);
  EXPECT_THAT(Plan(2), ElementsAre("a", "b"));
}

TEST_F(PlannerTest, CountsWhatRuns) {
  Wait("b");
  Wait("c");
  EXPECT_THAT(Plan(2, {1}), ElementsAre("b"));
  EXPECT_THAT(Plan(2, {1, 1}), IsEmpty());
}

TEST_F(PlannerTest, AJobThatDoesNotFitHoldsBackTheRest) {
  Wait("wide", 2);
  Wait("small");
  EXPECT_THAT(Plan(2, {1}), IsEmpty());
}

TEST_F(PlannerTest, AJobLargerThanThePoolWaitsForItAndRunsAlone) {
  Wait("huge", 8);
  Wait("b");
  EXPECT_THAT(Plan(2, {1}), IsEmpty());
  EXPECT_THAT(Plan(2), ElementsAre("huge alone"));
  EXPECT_THAT(Plan(2, {8}), IsEmpty());
}

TEST_F(PlannerTest, AJobBehindTheHeadTakesOnlyWhatTheHeadCannotUse) {
  // The head starts when the six are gone, and leaves four of eight.
  Wait("head", 4);
  Wait("b", 2);
  Wait("c", 1);
  EXPECT_THAT(Plan(8, {6}), ElementsAre("b"));
}

TEST_F(PlannerTest, OneOfThoseThatRunMayBeLeftBesideTheHead) {
  // One of the threes, so there is room for one slot, not for two.
  Wait("head", 4);
  Wait("b", 2);
  Wait("c", 1);
  Wait("d", 1);
  EXPECT_THAT(Plan(8, {3, 3}), ElementsAre("c"));
}

TEST_F(PlannerTest, NothingGoesBeforeAJobLargerThanThePool) {
  Wait("huge", 9);
  Wait("b");
  EXPECT_THAT(Plan(8, {1}), IsEmpty());
}

TEST_F(PlannerTest, AGpuServesOneReplica) {
  for (const char* id : {"a", "b", "c"}) Wait(id, 1, 1);
  PoolRoom room({{8, 2}});
  EXPECT_THAT(Plan(room), ElementsAre("a", "b"));
  EXPECT_EQ(room.free_gpus(), 0);
}

TEST_F(PlannerTest, AJobThatWaitsForAGpuLeavesTheSlotsThatItDoesNotNeed) {
  PoolRoom room({{4, 1}});
  room.Hold({.replicas = {{1, 1}}});
  Wait("gpu", 1, 1);
  for (const char* id : {"a", "b", "c"}) Wait(id);
  // One of the four runs on the GPU, one is kept for the head.
  EXPECT_THAT(Plan(room), ElementsAre("a", "b"));
}

TEST_F(PlannerTest, AJobThatWaitsForSlotsLeavesTheGpus) {
  PoolRoom room({{4, 2}});
  room.Hold({.replicas = {{3, 0}}});
  Wait("wide", 2);
  Wait("gpu", 1, 1);
  // Whether the three end or not, a slot taken now is one that the wide job needs: 3 + 1 are used.
  EXPECT_THAT(Plan(room), ElementsAre("gpu"));
}

TEST_F(PlannerTest, WhatThePoolCouldNeverHoldHoldsBackNobody) {
  Wait("tpu", Demand{.replicas = {{2, 0}}, .tpus = 8});
  Wait("gpus", 1, 4);
  Wait("larger with gpus", 9, 1);
  Wait("a");
  PoolRoom room({{2, 1}});
  EXPECT_THAT(Plan(room), ElementsAre("a"));
}

TEST_F(PlannerTest, GpusOfOneReplicaAreOnOneNode) {
  PoolRoom room({{8, 2}, {8, 2}});
  Wait("three", 1, 3);
  Wait("two", 2, 2);
  EXPECT_THAT(Plan(room), ElementsAre("two"));
}

TEST_F(PlannerTest, NodesWithoutGpusServeThoseBehindAHeadThatNeedsOne) {
  PoolRoom room({{2, 1}, {2, 0}});
  room.Hold({.replicas = {{1, 1}}});
  Wait("gpu", 1, 1);
  for (const char* id : {"a", "b", "c"}) Wait(id);
  EXPECT_THAT(Plan(room), ElementsAre("a", "b"));
  EXPECT_EQ(room.free_slots(), 1);
}

TEST_F(PlannerTest, AnAccountsQuotaHoldsBackItsOwnJobsAlone) {
  accounts_.SetLimits("p/r", {-1, 10});
  Wait("a", Demand{.account = "p/r", .amounts = {1, 8}});
  Wait("b", Demand{.account = "p/r", .amounts = {1, 4}});
  Wait("c", Demand{.account = "p/r", .amounts = {1, 1}});
  Wait("d", Demand{.account = "q/r", .amounts = {1, 50}});
  PoolRoom room({{8, 0}});
  EXPECT_THAT(Plan(room), ElementsAre("a", "d"));
  accounts_.Release({.account = "p/r", .amounts = {1, 8}});
  EXPECT_TRUE(accounts_.Fits({.account = "p/r", .amounts = {1, 10}}));
  EXPECT_FALSE(accounts_.Fits({.account = "p/r", .amounts = {1, 11}}));
}

// A pool in which every job runs as long as it says.
class Simulation {
 public:
  struct Job {
    int replicas = 1;
    int length = 1;
    int priority = 0;
    int gpus_each = 0;
    int started = -1;

    Demand Needs() const { return {.replicas = {{replicas, gpus_each}}}; }
  };

  Simulation(std::vector<Job> jobs, const std::vector<Node>& nodes)
      : jobs_(std::move(jobs)), room_(nodes) {
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (!room_.CouldHold(jobs_[i].Needs())) ++done_;
      queue_.Add(RankOf(i), {{"p", std::to_string(i)}, jobs_[i].Needs()});
    }
  }

  // Runs until all that can have ended; what holds at every moment is checked.
  void Run() {
    for (int now = 0; done_ < jobs_.size(); ++now) {
      ASSERT_LT(now, 100'000) << "a job starves";
      std::erase_if(running_, [&](const Running& one) {
        const bool ends = jobs_[one.job].started + jobs_[one.job].length <= now;
        if (ends) room_.Release(one.placement);
        done_ += ends ? 1 : 0;
        return ends;
      });
      Step(now);
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
  const Job& operator[](std::size_t i) const { return jobs_[i]; }

 private:
  struct Running {
    std::size_t job;
    Placement placement;
  };

  Rank RankOf(std::size_t i) const { return {-jobs_[i].priority, static_cast<std::int64_t>(i)}; }
  // The first that waits and that the pool could hold.
  std::optional<std::size_t> First() const {
    std::optional<std::size_t> first;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (jobs_[i].started >= 0 || !room_.CouldHold(jobs_[i].Needs())) continue;
      if (!first || RankOf(i) < RankOf(*first)) first = i;
    }
    return first;
  }

  void Step(int now) {
    const std::optional<std::size_t> first = First();
    AccountRoom accounts;
    const std::vector<Admission> admissions = PlanAdmissions(queue_, room_, accounts);
    std::size_t oversized = 0;
    for (const Admission& admission : admissions) {
      const auto i = static_cast<std::size_t>(std::stoi(admission.key.job_id));
      ASSERT_LT(jobs_[i].started, 0);
      jobs_[i].started = now;
      queue_.Remove(RankOf(i));
      running_.push_back({i, admission.placement});
    }
    for (const Running& one : running_) oversized += one.placement.whole_pool ? 1 : 0;
    ASSERT_TRUE(oversized == 0 || running_.size() == 1) << "one larger than the pool runs alone";
    ASSERT_GE(room_.free_slots(), 0);
    ASSERT_GE(room_.free_gpus(), 0);
    if (running_.empty()) ASSERT_FALSE(first) << "an empty pool takes the first";
  }

  std::vector<Job> jobs_;
  PoolRoom room_;
  JobQueue queue_;
  std::vector<Running> running_;
  std::size_t done_ = 0;
};

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int UpTo(int n) { return static_cast<int>(engine_() % static_cast<unsigned>(n)); }

 private:
  std::mt19937 engine_;
};

TEST(PlannerPropertyTest, NoOvercommitAndNoStarvation) {
  Random random(1);
  for (int round = 0; round < 100; ++round) {
    std::vector<Node> nodes;
    for (int i = 0; i < 1 + random.UpTo(3); ++i)
      nodes.push_back({1 + random.UpTo(8), random.UpTo(4)});
    int slots = 0;
    for (const Node& node : nodes) slots += node.slots;
    std::vector<Simulation::Job> jobs;
    for (int i = 0; i < 40; ++i) {
      const int most = random.UpTo(10) == 0 ? 2 * slots : slots;
      jobs.push_back({1 + random.UpTo(most), 1 + random.UpTo(20), random.UpTo(3),
                      random.UpTo(3) == 0 ? random.UpTo(3) : 0});
    }
    Simulation simulation(std::move(jobs), nodes);
    simulation.Run();
    if (HasFatalFailure()) return;
  }
}

// Jobs that run, one that does not fit, and others behind it, which go before it where they do it
// no harm.
struct Backfill {
  std::vector<Simulation::Job> jobs;
  std::size_t head = 0;
};

int GoneBefore(const Backfill& given, const std::vector<Node>& nodes,
               const std::vector<Simulation::Job>& behind) {
  Simulation without(given.jobs, nodes);
  without.Run();
  std::vector<Simulation::Job> jobs = given.jobs;
  jobs.insert(jobs.end(), behind.begin(), behind.end());
  Simulation with(jobs, nodes);
  with.Run();
  EXPECT_EQ(with[given.head].started, without[given.head].started);
  int went_before = 0;
  for (std::size_t i = given.head + 1; i < jobs.size(); ++i)
    went_before += with[i].started < with[given.head].started ? 1 : 0;
  return went_before;
}

TEST(PlannerPropertyTest, WhoeverGoesBeforeTheHeadDoesNotDelayIt) {
  Random random(2);
  int went_before = 0;
  for (int round = 0; round < 500 && !HasFailure(); ++round) {
    const int slots = 4 + random.UpTo(12);
    Backfill given;
    int used = 0;
    while (used < slots - 2) {  // these run
      const int replicas = 1 + random.UpTo(slots - used);
      given.jobs.push_back({replicas, 1 + random.UpTo(30), 2});
      used += replicas;
    }
    given.head = given.jobs.size();
    given.jobs.push_back({slots - used + 1 + random.UpTo(used), 5, 1});  // does not fit
    std::vector<Simulation::Job> behind;
    for (int i = 0; i < 5; ++i) behind.push_back({1 + random.UpTo(3), 1 + random.UpTo(60), 0});
    went_before += GoneBefore(given, {{slots, 0}}, behind);
  }
  EXPECT_GT(went_before, 25);
}

TEST(PlannerPropertyTest, NorWhereTheHeadNeedsGpus) {
  Random random(3);
  int went_before = 0;
  for (int round = 0; round < 500 && !HasFailure(); ++round) {
    std::vector<Node> nodes = {{2 + random.UpTo(8), 1 + random.UpTo(4)}};
    for (int i = 0; i < random.UpTo(3); ++i)
      nodes.push_back({2 + random.UpTo(8), random.UpTo(2) * random.UpTo(5)});
    Backfill given;
    PoolRoom room(nodes);
    for (int i = 0; i < 2 + random.UpTo(6); ++i) {  // these run
      const Simulation::Job job{1 + random.UpTo(3), 1 + random.UpTo(30), 2,
                                random.UpTo(1 + nodes[0].gpus)};
      if (job.replicas <= room.slots() && room.Take(job.Needs())) given.jobs.push_back(job);
    }
    given.head = given.jobs.size();
    given.jobs.push_back({1 + random.UpTo(2), 5, 1, 1 + random.UpTo(nodes[0].gpus)});
    const Demand head = given.jobs.back().Needs();
    if (!room.CouldHold(head) || PoolRoom(room).Take(head)) continue;
    std::vector<Simulation::Job> behind;
    for (int i = 0; i < 5; ++i) {
      behind.push_back({1 + random.UpTo(3), 1 + random.UpTo(60), 0,
                        random.UpTo(2) * random.UpTo(1 + nodes[0].gpus)});
    }
    went_before += GoneBefore(given, nodes, behind);
  }
  EXPECT_GT(went_before, 25);
}

}  // namespace
}  // namespace mlengine::scheduler
