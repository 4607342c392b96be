#include "scheduler/planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace mlengine::scheduler
