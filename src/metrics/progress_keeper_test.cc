#include "metrics/progress_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "insight/testing/event_writer.h"
#include "logs/file_log_store.h"
#include "objects/memory_object_store.h"
#include "store/memory_job_store.h"

namespace mlengine::metrics {
namespace {

using ml::v1::Job;
using runner::v1::StatusRecord;

// A job whose lines the test writes; the log is the real one.
class ProgressKeeperTest : public testing::Test {
 protected:
  ProgressKeeperTest() {
    logs_ = *logs::FileLogStore::Open({dir_.path()}, RealFileSystem(), SystemClock());
    Make();
  }

  void Make() {
    keeper_.reset();
    FollowSources sources;
    sources.logs = logs_.get();
    sources.metrics = &metrics_;
    sources.folders = [](const store::JobRecord& record) {
      return std::vector<EventFolder>{{"", record.job().training_input().job_dir()}};
    };
    sources.health = {
        .logs = logs_.get(), .objects = objects_.get(), .jobs_dir = dir_.path(), .limits = {}};
    keeper_ = std::make_unique<ProgressKeeper>(*store_, SystemClock(), sources, KeeperOptions{});
  }

  static void SetRunning(store::JobRecord& record, int restart) {
    if (record.attempts().empty()) record.add_attempts()->add_replicas()->set_role("master");
    auto& attempt = *record.mutable_attempts(0);
    attempt.set_number(1);
    auto& replica = *attempt.mutable_replicas(0);
    replica.set_restart(restart);
    replica.clear_status();
    replica.mutable_status()->set_step(StatusRecord::RUNNING);
    auto& phase = *replica.mutable_status()->add_phases();
    phase.set_name("exec");
    phase.mutable_start_time()->set_seconds(ToUnixNanos(SystemClock().Now()) / 1'000'000'000);
    record.mutable_job()->set_state(Job::RUNNING);
  }

  void StartJob(std::vector<std::string> args = {}) {
    store::JobRecord record;
    record.set_project("p");
    record.mutable_job()->set_job_id("j");
    record.mutable_job()->mutable_training_input()->set_job_dir("gs://bucket/j");
    for (std::string& arg : args) record.mutable_job()->mutable_training_input()->add_args(arg);
    SetRunning(record, 0);
    ASSERT_TRUE(store_->Create(record).ok());
    Attach(0);
  }
  std::string SpoolPath(int restart) const {
    return dir_.path() + "/stderr-" + std::to_string(restart);
  }
  void Attach(int restart) {
    std::ofstream(SpoolPath(restart)).flush();
    const logs::StreamRef stream{.restart = restart, .kind = logs::StreamRef::Kind::kStderr};
    ASSERT_TRUE(logs_->AttachSpools({"p", "j"}, {{stream, SpoolPath(restart)}}).ok());
  }
  void Write(const std::string& bytes, int restart = 0) {
    std::ofstream(SpoolPath(restart), std::ios::app) << bytes;
  }
  store::JobRecord Record() { return store_->Get({"p", "j"})->record; }

  // Turns until the log has brought it there.
  insight::JobProgress Until(std::int64_t done) {
    insight::JobProgress progress;
    for (int i = 0; i < 1000; ++i) {
      keeper_->Turn();
      progress = keeper_->Of(Record());
      if (progress.done == done) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_EQ(progress.done, done);
    return progress;
  }

  TempDir dir_;
  FakeClock clock_;
  std::unique_ptr<objects::ObjectStore> objects_ = objects::NewMemoryObjectStore(clock_);
  std::unique_ptr<store::JobStore> store_ = store::NewMemoryJobStore();
  MetricStore metrics_{*objects_};
  std::unique_ptr<logs::LogStore> logs_;
  std::unique_ptr<ProgressKeeper> keeper_;
};

TEST_F(ProgressKeeperTest, LinesAgainstTheArguments) {
  StartJob({"--train_steps=50"});
  EXPECT_FALSE(keeper_->Of(Record()).done.has_value());
  Write("step 1 loss 0.5\nstep 2 loss 0.4\n");
  EXPECT_EQ(Until(2).total, 50);
  Write("step 3\n");
  EXPECT_EQ(Until(3).source, "log");
}

TEST_F(ProgressKeeperTest, ABarThatRedrawsItselfWithoutALineEnd) {
  StartJob();
  Write("\r 10%|#         | 10/100 [00:01<00:09, 10.0it/s]");
  EXPECT_EQ(Until(10).total, 100);
  Write("\r 20%|##        | 20/100 [00:02<00:08, 10.0it/s]");
  Until(20);
  Write("\r 3");  // half a state
  keeper_->Turn();
  EXPECT_EQ(keeper_->Of(Record()).done, 20);
  Write("0%|###       | 30/100 [00:03<00:07, 10.0it/s]");
  Until(30);
}

TEST_F(ProgressKeeperTest, HalfALineIsNotANumber) {
  StartJob();
  Write("step 1000/2000\nstep 1001/2000\nstep 10");
  Until(1001);
  keeper_->Turn();
  Write("02/2000\n");
  EXPECT_EQ(Until(1002).total, 2000);
}

TEST_F(ProgressKeeperTest, AnotherKeeperBeginsWithTheTail) {
  StartJob();
  std::string lines;
  for (int step = 1; step <= 20'000; ++step)
    lines += "step " + std::to_string(step) + "/90000 " + std::string(100, 'x') + "\n";
  Write(lines);
  Until(20'000);
  Make();
  EXPECT_EQ(Until(20'000).total, 90'000);
}

TEST_F(ProgressKeeperTest, ARestartGoesOnFromItsFirstStep) {
  StartJob({"--steps=100"});
  Write("step 40\nstep 50\n");
  Until(50);
  ASSERT_TRUE(store_
                  ->Update({"p", "j"},
                           [](store::JobRecord& record) {
                             SetRunning(record, 1);
                             return OkStatus();
                           })
                  .ok());
  Attach(1);
  keeper_->Turn();
  EXPECT_FALSE(keeper_->Of(Record()).done.has_value());
  Write("step 41\nstep 42\n", 1);
  Until(42);
}

TEST_F(ProgressKeeperTest, EventFilesTellWhereTheLogDoesNot) {
  ASSERT_TRUE(objects_->CreateBucket({"bucket", "p", "US", "STANDARD", {}}).ok());
  StartJob({"--train_steps=500"});
  auto writer = *objects_->NewWriter("bucket", "j/train/events.out.tfevents.1");
  const double now = static_cast<double>(ToUnixNanos(SystemClock().Now())) / 1e9;
  for (int step = 0; step <= 300; step += 100)
    ASSERT_TRUE(writer->Write(insight::ScalarFrame("loss", step, 0.5F, now + step / 100.0)).ok());
  ASSERT_TRUE(writer->Commit({}, {}).ok());
  const insight::JobProgress progress = Until(300);
  EXPECT_EQ(progress.source, "event files");
  EXPECT_EQ(progress.total, 500);
}

TEST_F(ProgressKeeperTest, WhatIsLeftOfAnEndedJob) {
  StartJob();
  Write("step 1/2\nstep 2/2\n");
  Until(2);
  const auto last = keeper_->Last(Record());
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->done(), 2);
  ASSERT_TRUE(store_
                  ->Update({"p", "j"},
                           [&last](store::JobRecord& record) {
                             *record.mutable_progress() = *last;
                             record.mutable_job()->set_state(Job::SUCCEEDED);
                             return OkStatus();
                           })
                  .ok());
  keeper_->Turn();
  EXPECT_TRUE(keeper_->Running("p").empty());
  EXPECT_EQ(insight::ProgressText(keeper_->Of(Record())), "2 of 2 steps (100 %)");
}

}  // namespace
}  // namespace mlengine::metrics
