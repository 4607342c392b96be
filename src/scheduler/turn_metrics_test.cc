#include "scheduler/turn_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory_job_store.h"

namespace mlengine::scheduler {
namespace {

using ::testing::HasSubstr;

store::JobRecord Job(const std::string& id, std::int64_t created_seconds) {
  store::JobRecord record;
  record.set_project("p");
  record.mutable_job()->set_job_id(id);
  record.mutable_job()->set_state(ml::v1::Job::QUEUED);
  record.set_create_time_ns(created_seconds * 1'000'000'000);
  return record;
}

TEST(TurnMetricsTest, TellsPoolAndQueue) {
  const auto store = store::NewMemoryJobStore();
  store::JobRecord running = Job("running", 10);
  running.mutable_job()->mutable_training_input()->set_scale_tier(
      ml::v1::TrainingInput::STANDARD_1);
  running.add_attempts();
  ASSERT_TRUE(store->Create(running).ok());
  store::JobRecord first = Job("first", 20);
  ASSERT_TRUE(store->Create(first).ok());
  ASSERT_TRUE(store->Create(Job("second", 30)).ok());
  UnfinishedJobs jobs(*store, [] {});
  jobs.Refresh();

  telemetry::Metrics metrics;
  ShowTurn(metrics, jobs, {16, 2}, 1, std::chrono::milliseconds(3), Time(std::chrono::seconds(50)));
  std::string text = metrics.Render();
  EXPECT_THAT(text, HasSubstr("mlengine_pool_slots 16\n"));
  EXPECT_THAT(text, HasSubstr("mlengine_pool_slots_held 8\n"));
  EXPECT_THAT(text, HasSubstr("mlengine_pool_gpus 2\n"));
  EXPECT_THAT(text, HasSubstr("mlengine_pool_gpus_held 0\n"));
  EXPECT_THAT(text, HasSubstr("mlengine_pool_gpus_quarantined 1\n"));
  EXPECT_THAT(text, HasSubstr("mlengine_queue_jobs 2\n"));
  EXPECT_THAT(text, HasSubstr("mlengine_queue_head_seconds 30\n"));
  EXPECT_THAT(text, HasSubstr("mlengine_scheduler_turn_seconds_count 1\n"));

  jobs.Remove({"p", "first"});
  jobs.Remove({"p", "second"});
  ShowTurn(metrics, jobs, {16, 2}, 0, std::chrono::milliseconds(3), Time(std::chrono::seconds(60)));
  text = metrics.Render();
  EXPECT_THAT(text, HasSubstr("mlengine_queue_jobs 0\n"));
  EXPECT_THAT(text, HasSubstr("mlengine_queue_head_seconds 0\n"));
}

}  // namespace
}  // namespace mlengine::scheduler
