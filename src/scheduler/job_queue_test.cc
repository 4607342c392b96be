#include "scheduler/job_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::scheduler {
namespace {

using ::testing::ElementsAre;

WaitingJob Job(const char* id, const char* account) {
  return {{"p", id}, {.account = account}};
}

std::vector<std::string> Walked(const JobQueue& queue, const std::string& leave_account_of = "") {
  std::vector<std::string> ids;
  QueueWalk walk(queue);
  while (const WaitingJob* job = walk.Next()) {
    ids.push_back(job->key.job_id);
    if (job->key.job_id == leave_account_of) walk.LeaveAccount();
  }
  return ids;
}

TEST(JobQueueTest, IsInOrderOverAllAccounts) {
  JobQueue queue;
  queue.Add({0, 3}, Job("c", "x"));
  queue.Add({0, 1}, Job("a", "y"));
  queue.Add({0, 2}, Job("b", "x"));
  queue.Add({-5, 9}, Job("urgent", "y"));
  EXPECT_EQ(queue.size(), 4U);
  EXPECT_THAT(Walked(queue), ElementsAre("urgent", "a", "b", "c"));
  queue.Remove({0, 2});
  queue.Remove({0, 2});
  EXPECT_FALSE(queue.Contains({0, 2}));
  EXPECT_THAT(Walked(queue), ElementsAre("urgent", "a", "c"));
}

TEST(JobQueueTest, AnAccountCanBeLeft) {
  JobQueue queue;
  queue.Add({0, 1}, Job("a", "x"));
  queue.Add({0, 2}, Job("b", "y"));
  queue.Add({0, 3}, Job("c", "x"));
  queue.Add({0, 4}, Job("d", "y"));
  EXPECT_THAT(Walked(queue, "a"), ElementsAre("a", "b", "d"));
  EXPECT_THAT(Walked(queue, "d"), ElementsAre("a", "b", "c", "d"));
}

TEST(JobQueueTest, AnEmptyOneHasNoJobs) {
  JobQueue queue;
  EXPECT_THAT(Walked(queue), ElementsAre());
  queue.Add({0, 1}, Job("a", "x"));
  queue.Remove({0, 1});
  EXPECT_THAT(Walked(queue), ElementsAre());
  EXPECT_EQ(queue.size(), 0U);
}

}  // namespace
}  // namespace mlengine::scheduler
