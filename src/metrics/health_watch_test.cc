#include "metrics/health_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "insight/testing/event_writer.h"
#include "metrics/metric_store.h"
#include "objects/memory_object_store.h"

namespace mlengine::metrics {
namespace {

using std::chrono::hours;

class CheckpointSearchTest : public testing::Test {
 protected:
  CheckpointSearchTest() {
    EXPECT_TRUE(objects_->CreateBucket({"bucket", "p", "US", "STANDARD", {}}).ok());
  }
  void Put(const std::string& name) {
    EXPECT_TRUE((*objects_->NewWriter("bucket", name))->Commit({}, {}).ok());
  }
  FakeClock clock_;
  std::unique_ptr<objects::ObjectStore> objects_ = objects::NewMemoryObjectStore(clock_);
};

TEST_F(CheckpointSearchTest, InABucket) {
  const Time start = clock_.Now();
  Put("j/events.out.tfevents.1");
  Put("other/model.ckpt-1.index");
  EXPECT_EQ(FindCheckpoint(*objects_, "gs://bucket/j", start), CheckpointFinding::kNone);
  Put("j/train/model.ckpt-1.index");
  EXPECT_EQ(FindCheckpoint(*objects_, "gs://bucket/j", start), CheckpointFinding::kFound);
  EXPECT_EQ(FindCheckpoint(*objects_, "gs://bucket/j", start + hours(1)), CheckpointFinding::kNone)
      << "that of an earlier job";
  EXPECT_EQ(FindCheckpoint(*objects_, "gs://nobody/j", start), CheckpointFinding::kNone);
  EXPECT_EQ(FindCheckpoint(*objects_, "s3://bucket/j", start), CheckpointFinding::kUnknown);
}

TEST_F(CheckpointSearchTest, InAFolder) {
  const TempDir dir;
  const Time start = SystemClock().Now() - hours(1);
  EXPECT_EQ(FindCheckpoint(*objects_, dir.path() + "/none", start), CheckpointFinding::kNone);
  std::filesystem::create_directories(dir.path() + "/a/b");
  std::ofstream(dir.path() + "/a/b/log.txt") << "x";
  EXPECT_EQ(FindCheckpoint(*objects_, dir.path(), start), CheckpointFinding::kNone);
  std::ofstream(dir.path() + "/a/b/last.pt") << "x";
  EXPECT_EQ(FindCheckpoint(*objects_, dir.path(), start), CheckpointFinding::kFound);
  EXPECT_EQ(FindCheckpoint(*objects_, dir.path(), start + hours(2)), CheckpointFinding::kNone);
}

TEST_F(CheckpointSearchTest, LossesThatAreNotFiniteAtTheirEnd) {
  auto writer = *objects_->NewWriter("bucket", "j/train/events.out.tfevents.1");
  for (int step = 0; step < 10; ++step) {
    const float bad = step >= 6 ? std::nanf("") : 1.0F;
    EXPECT_TRUE(writer->Write(insight::ScalarFrame("loss", step, bad)).ok());
    EXPECT_TRUE(writer->Write(insight::ScalarFrame("accuracy", step, bad)).ok());
    const float once = step == 3 ? INFINITY : 1.0F;
    EXPECT_TRUE(writer->Write(insight::ScalarFrame("other_loss", step, once)).ok());
  }
  EXPECT_TRUE(writer->Commit({}, {}).ok());
  MetricStore store(*objects_);
  const auto answer = store.Read("p/j", {{"", "gs://bucket/j"}}, {});
  ASSERT_TRUE(answer.ok());
  const std::vector<insight::LossTrouble> found = LossTroubles(*answer, Time{});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].tag, "loss");
  EXPECT_EQ(found[0].run, "train");
  EXPECT_EQ(found[0].since_step, 6);
  EXPECT_EQ(found[0].values, 4U);
  EXPECT_TRUE(LossTroubles(*answer, clock_.Now()).empty()) << "those of an earlier attempt";
}

}  // namespace
}  // namespace mlengine::metrics
