#include "metrics/event_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "objects/memory_object_store.h"

namespace mlengine::metrics {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class EventSourceTest : public testing::Test {
 protected:
  EventSourceTest() {
    EXPECT_TRUE(objects_->CreateBucket({"bucket", "p", "US", "STANDARD", {}}).ok());
  }

  void Upload(const std::string& name, const std::string& bytes = "x") {
    auto writer = *objects_->NewWriter("bucket", name);
    ASSERT_TRUE(writer->Write(bytes).ok());
    ASSERT_TRUE(writer->Commit({}, {}).ok());
  }
  void Write(const std::string& name, const std::string& bytes = "x") {
    ASSERT_TRUE(RealFileSystem().MakeDirectories(ParentPath(folder_ / name)).ok());
    ASSERT_TRUE(RealFileSystem().WriteAtomic(folder_ / name, bytes).ok());
  }
  static std::vector<std::string> Below(const FoundFiles& found) {
    std::vector<std::string> out;
    for (const FoundFile& file : found.files) out.push_back(file.below);
    return out;
  }

  FakeClock clock_;
  std::unique_ptr<objects::ObjectStore> objects_ = objects::NewMemoryObjectStore(clock_);
  TempDir folder_;
  EventSource source_{*objects_};
};

TEST_F(EventSourceTest, FindsObjectsBelowAFolderOnly) {
  Upload("job/events.out.tfevents.1", "abc");
  Upload("job/eval/deep/events.out.tfevents.1");
  Upload("job/model.ckpt");
  Upload("job/events.out.tfevents.d/other");
  Upload("job2/events.out.tfevents.1");
  const Result<FoundFiles> found = source_.Find("gs://bucket/job");
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  EXPECT_THAT(Below(*found), ElementsAre("eval/deep", ""));
  EXPECT_EQ(found->files[1].path, "gs://bucket/job/events.out.tfevents.1");
  EXPECT_EQ(*source_.Read(found->files[1], 1, 9), "bc");
  EXPECT_THAT(Below(*source_.Find("gs://bucket")), ElementsAre("job/eval/deep", "job", "job2"));
}

TEST_F(EventSourceTest, FindsLocalFilesBelowAFolder) {
  Write("a/events.out.tfevents.1", "abc");
  Write("a/train/events.out.tfevents.2");
  Write("a/train/checkpoint");
  std::filesystem::create_symlink("/etc/passwd", folder_ / "a/events.out.tfevents.3");
  std::filesystem::create_directory_symlink("..", folder_ / "a/loop");
  const FoundFiles found = *source_.Find(folder_ / "a");
  EXPECT_THAT(Below(found), ElementsAre("", "train"));
  EXPECT_TRUE(found.complete);
  EXPECT_EQ(*source_.Read(found.files[0], 1, 1), "b");
}

TEST_F(EventSourceTest, WhatIsNotThereHasNone) {
  EXPECT_THAT(source_.Find("gs://nowhere/x")->files, IsEmpty());
  EXPECT_THAT(source_.Find("/no/such/folder")->files, IsEmpty());
  EXPECT_EQ(source_.Find("relative").status().code(), StatusCode::kInvalidArgument);
}

TEST_F(EventSourceTest, TheSearchIsBounded) {
  for (int i = 0; i < 30; ++i) {
    Write("a/" + std::to_string(i) + "/events.out.tfevents.1");
    Upload("a/" + std::to_string(i) + "/events.out.tfevents.1");
  }
  const EventSource few_files(*objects_, {.files = 10, .entries = 1000, .depth = 8});
  const EventSource few_names(*objects_, {.files = 100, .entries = 10, .depth = 8});
  const EventSource flat(*objects_, {.files = 100, .entries = 1000, .depth = 0});
  for (const std::string& folder : {folder_ / "a", std::string("gs://bucket/a")}) {
    const FoundFiles found = *few_files.Find(folder);
    EXPECT_EQ(found.files.size(), 10U);
    EXPECT_FALSE(found.complete);
  }
  EXPECT_LE(few_names.Find(folder_ / "a")->files.size(), 10U);
  EXPECT_FALSE(few_names.Find(folder_ / "a")->complete);
  EXPECT_THAT(flat.Find(folder_ / "a")->files, IsEmpty());
  EXPECT_FALSE(flat.Find(folder_ / "a")->complete);
}

TEST_F(EventSourceTest, AnotherVersionWhenItGrew) {
  Write("events.out.tfevents.1", "a");
  Upload("events.out.tfevents.1", "a");
  const std::vector<std::string> folders = {folder_.path(), "gs://bucket"};
  std::vector<FoundFile> before;
  for (const std::string& folder : folders) before.push_back(source_.Find(folder)->files[0]);
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_EQ(source_.Find(folders[i])->files[0].version, before[i].version);
  Write("events.out.tfevents.1", "ab");
  Upload("events.out.tfevents.1", "ab");
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_NE(source_.Find(folders[i])->files[0].version, before[i].version);
}

}  // namespace
}  // namespace mlengine::metrics
