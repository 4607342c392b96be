#include "scheduler/planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace mlengine::scheduler {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

store::JobKey Key(const char* id) {
  return {"p", id};
}

std::vector<std::string> Ids(const std::vector<Admission>& admissions) {
  std::vector<std::string> ids;
  for (const Admission& admission : admissions) {
    ids.push_back(admission.key.job_id + (admission.time_shared ? " alone" : ""));
  }
  return ids;
}

TEST(PlannerTest, FillsTheSlotsInOrder) {
  EXPECT_THAT(Ids(PlanAdmissions({{Key("a")}, {Key("b")}, {Key("c")}}, {}, 2)),
              ElementsAre("a", "b"));
}

TEST(PlannerTest, CountsWhatRuns) {
  EXPECT_THAT(Ids(PlanAdmissions({{Key("b")}, {Key("c")}}, {{Key("a"), 1}}, 2)), ElementsAre("b"));
  EXPECT_THAT(PlanAdmissions({{Key("c")}}, {{Key("a"), 1}, {Key("b"), 1}}, 2), IsEmpty());
}

TEST(PlannerTest, AJobThatDoesNotFitHoldsBackTheRest) {
  EXPECT_THAT(PlanAdmissions({{Key("wide"), 2}, {Key("small"), 1}}, {{Key("a"), 1}}, 2), IsEmpty());
}

TEST(PlannerTest, AJobLargerThanThePoolWaitsForItAndRunsAlone) {
  EXPECT_THAT(PlanAdmissions({{Key("huge"), 8}}, {{Key("a"), 1}}, 2), IsEmpty());
  EXPECT_THAT(Ids(PlanAdmissions({{Key("huge"), 8}, {Key("b"), 1}}, {}, 2)),
              ElementsAre("huge alone"));
  EXPECT_THAT(PlanAdmissions({{Key("b"), 1}}, {{Key("huge"), 8}}, 2), IsEmpty());
}

TEST(PlannerTest, AJobBehindTheHeadTakesOnlyWhatTheHeadCannotUse) {
  // The head starts when the six are gone, and leaves four of eight.
  EXPECT_THAT(
      Ids(PlanAdmissions({{Key("head"), 4}, {Key("b"), 2}, {Key("c"), 1}}, {{Key("a"), 6}}, 8)),
      ElementsAre("b"));
  // One of the threes may be left beside the head, so there is room for one slot, not for two.
  EXPECT_THAT(Ids(PlanAdmissions({{Key("head"), 4}, {Key("b"), 2}, {Key("c"), 1}, {Key("d"), 1}},
                                 {{Key("a"), 3}, {Key("e"), 3}}, 8)),
              ElementsAre("c"));
  EXPECT_THAT(PlanAdmissions({{Key("huge"), 9}, {Key("b"), 1}}, {{Key("a"), 1}}, 8), IsEmpty());
}

// A pool in which every job runs as long as it says.
class Simulation {
 public:
  struct Job {
    int replicas;
    int length;
    int priority;
    int started = -1;
  };

  Simulation(std::vector<Job> jobs, int slots) : jobs_(std::move(jobs)), slots_(slots) {}

  // Runs until all have ended; what holds at every moment is checked.
  void Run() {
    for (int now = 0; done_ < jobs_.size(); ++now) {
      ASSERT_LT(now, 100'000) << "a job starves";
      std::erase_if(running_, [&](std::size_t i) {
        const bool ends = jobs_[i].started + jobs_[i].length <= now;
        done_ += ends ? 1 : 0;
        return ends;
      });
      Step(now);
    }
  }
  const Job& operator[](std::size_t i) const { return jobs_[i]; }

 private:
  static store::JobKey KeyOf(std::size_t i) { return {"p", std::to_string(i)}; }

  void Step(int now) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (jobs_[i].started < 0) order.push_back(i);
    }
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(-jobs_[a].priority, a) < std::pair(-jobs_[b].priority, b);
    });
    std::vector<Waiting> waiting;
    std::vector<Holding> holding;
    for (const std::size_t i : order) waiting.push_back({KeyOf(i), jobs_[i].replicas});
    for (const std::size_t i : running_) holding.push_back({KeyOf(i), jobs_[i].replicas});
    const bool head_fits = !order.empty() && Fits(order[0]);
    const std::vector<Admission> admissions = PlanAdmissions(waiting, holding, slots_);
    if (head_fits) {
      ASSERT_FALSE(admissions.empty());
      ASSERT_EQ(admissions[0].key, KeyOf(order[0])) << "the first that fits goes first";
    }
    for (const Admission& admission : admissions) {
      const auto i = static_cast<std::size_t>(std::stoi(admission.key.job_id));
      jobs_[i].started = now;
      running_.push_back(i);
    }
    const int used = Used();
    const bool alone = running_.size() == 1 && jobs_[running_[0]].replicas > slots_;
    ASSERT_TRUE(used <= slots_ || alone) << used << " of " << slots_;
  }
  int Used() const {
    int used = 0;
    for (const std::size_t i : running_) used += jobs_[i].replicas;
    return used;
  }
  bool Fits(std::size_t i) const {
    return jobs_[i].replicas > slots_ ? running_.empty() : Used() + jobs_[i].replicas <= slots_;
  }

  std::vector<Job> jobs_;
  const int slots_;
  std::vector<std::size_t> running_;
  std::size_t done_ = 0;
};

TEST(PlannerPropertyTest, NoOvercommitNoStarvationAndTheHeadGoesFirst) {
  std::mt19937 random(1);
  const auto up_to = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  for (int round = 0; round < 200; ++round) {
    const int slots = 1 + up_to(16);
    std::vector<Simulation::Job> jobs;
    for (int i = 0; i < 40; ++i)
      jobs.push_back({1 + up_to(up_to(10) == 0 ? 2 * slots : slots), 1 + up_to(20), up_to(3)});
    Simulation simulation(std::move(jobs), slots);
    simulation.Run();
    if (HasFatalFailure()) return;
  }
}

TEST(PlannerPropertyTest, WhoeverGoesBeforeTheHeadDoesNotDelayIt) {
  std::mt19937 random(2);
  const auto up_to = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  int went_before = 0;
  for (int round = 0; round < 2000; ++round) {
    const int slots = 4 + up_to(12);
    std::vector<Simulation::Job> jobs;
    int used = 0;
    while (used < slots - 2) {  // these run
      const int replicas = 1 + up_to(slots - used);
      jobs.push_back({replicas, 1 + up_to(30), 2});
      used += replicas;
    }
    const std::size_t head = jobs.size();
    jobs.push_back({slots - used + 1 + up_to(used), 5, 1});  // does not fit
    Simulation without(jobs, slots);
    without.Run();
    for (int i = 0; i < 5; ++i) jobs.push_back({1 + up_to(3), 1 + up_to(60), 0});
    Simulation with(jobs, slots);
    with.Run();
    ASSERT_EQ(with[head].started, without[head].started) << "round " << round;
    for (std::size_t i = head + 1; i < jobs.size(); ++i)
      went_before += with[i].started < with[head].started ? 1 : 0;
  }
  EXPECT_GT(went_before, 100);
}

}  // namespace
}  // namespace mlengine::scheduler
