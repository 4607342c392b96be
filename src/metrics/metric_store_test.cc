#include "metrics/metric_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "insight/testing/event_writer.h"
#include "objects/file_object_store.h"
#include "objects/memory_object_store.h"

namespace mlengine::metrics {
namespace {

class MetricStoreTest : public testing::Test {
 protected:
  MetricStoreTest() {
    EXPECT_TRUE(objects_->CreateBucket({"bucket", "p", "US", "STANDARD", {}}).ok());
    for (const char* job : {"a", "b", "c"}) {
      auto writer = *objects_->NewWriter("bucket", std::string(job) + "/events.out.tfevents.1");
      for (int step = 0; step < 500; ++step)
        EXPECT_TRUE(writer->Write(insight::ScalarFrame("loss", step, 1)).ok());
      EXPECT_TRUE(writer->Commit({}, {}).ok());
    }
  }
  std::size_t Points(MetricStore& store, const std::string& job) {
    const auto answer = store.Read(job, {{"", "gs://bucket/" + job}}, {});
    return answer.ok() && !answer->series.empty() ? answer->series[0].points.size() : 0;
  }

  FakeClock clock_;
  std::unique_ptr<objects::ObjectStore> objects_ = objects::NewMemoryObjectStore(clock_);
};

TEST_F(MetricStoreTest, KeepsTheJobsThatWereAskedForLast) {
  MetricStore store(*objects_, 30'000);  // two of them
  EXPECT_EQ(Points(store, "a"), 500U);
  EXPECT_EQ(Points(store, "b"), 500U);
  EXPECT_EQ(store.jobs(), 2U);
  EXPECT_EQ(Points(store, "a"), 500U);
  EXPECT_EQ(Points(store, "c"), 500U);
  EXPECT_EQ(store.jobs(), 2U);
  EXPECT_EQ(Points(store, "b"), 500U) << "read anew";
}

TEST_F(MetricStoreTest, OneJobIsAlwaysKept) {
  MetricStore store(*objects_, 1);
  for (const char* job : {"a", "b", "c"}) EXPECT_EQ(Points(store, job), 500U);
  EXPECT_EQ(store.jobs(), 1U);
}

TEST_F(MetricStoreTest, LooksWithoutReading) {
  MetricStore store(*objects_);
  EXPECT_EQ(store.Look("gs://bucket")->files, 3U);
  EXPECT_EQ(store.Look("gs://bucket/b")->files, 1U);
  EXPECT_EQ(store.Look("gs://bucket/b")->local_folder, "") << "memory has no folder";
  EXPECT_EQ(store.Look("gs://bucket/nothing")->files, 0U);
  EXPECT_EQ(store.jobs(), 0U);
}

TEST_F(MetricStoreTest, ABucketOfPlainFilesHasALocalFolder) {
  const TempDir folder;
  const auto objects = *objects::OpenFileObjectStore(folder.path(), clock_);
  ASSERT_TRUE(objects->CreateBucket({"bucket", "p", "US", "STANDARD", {}}).ok());
  for (const char* name : {"j/a/events.out.tfevents.1", "k %/events.out.tfevents.1"}) {
    auto writer = *objects->NewWriter("bucket", name);
    ASSERT_TRUE(writer->Commit({}, {}).ok());
  }
  const MetricStore store(*objects);
  EXPECT_EQ(store.Look("gs://bucket/j")->local_folder, folder / "bucket/j");
  EXPECT_EQ(store.Look(folder / "bucket")->local_folder, folder / "bucket");
}

}  // namespace
}  // namespace mlengine::metrics
