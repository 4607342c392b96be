// The contract of ObjectStore, run against every implementation.
#include "objects/object_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "base/digest.h"
#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "objects/file_object_store.h"
#include "objects/memory_object_store.h"

namespace mlengine::objects {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ObjectStoreTest : public ::testing::TestWithParam<std::string> {
 protected:
  ObjectStoreTest() {
    if (GetParam() == "memory") {
      store_ = NewMemoryObjectStore(clock_);
    } else {
      auto store = OpenFileObjectStore(dir_ / "buckets", clock_);
      EXPECT_TRUE(store.ok()) << store.status().ToString();
      store_ = *std::move(store);
    }
    Bucket bucket;
    bucket.name = "bkt";
    bucket.project = "p";
    EXPECT_TRUE(store_->CreateBucket(bucket).ok());
  }

  Result<Object> Put(const std::string& name, const std::string& bytes,
                     const Preconditions& conditions = {}, const ObjectMetadata& metadata = {}) {
    auto writer = store_->NewWriter("bkt", name);
    if (!writer.ok()) return writer.status();
    MLENGINE_RETURN_IF_ERROR((*writer)->Write(bytes));
    return (*writer)->Commit(metadata, conditions);
  }
  std::string Read(const std::string& name) {
    auto reader = store_->Open("bkt", name);
    if (!reader.ok()) return reader.status().ToString();
    return (*reader)->ReadAt(0, 1U << 20).value_or("unreadable");
  }
  std::vector<std::string> Names(const ListRequest& request = {}) {
    const auto result = store_->List("bkt", request);
    EXPECT_TRUE(result.ok()) << result.status().ToString();
    std::vector<std::string> names;
    for (const Object& object : result->objects) names.push_back(object.name);
    return names;
  }

  TempDir dir_;
  FakeClock clock_;
  std::unique_ptr<ObjectStore> store_;
};

TEST_P(ObjectStoreTest, KeepsWhatWasWritten) {
  ObjectMetadata metadata;
  metadata.content_type = "text/plain";
  metadata.custom["k"] = "v";
  const auto put = Put("a/b.txt", "hello world", {}, metadata);
  ASSERT_TRUE(put.ok()) << put.status().ToString();
  const auto object = store_->Get("bkt", "a/b.txt");
  ASSERT_TRUE(object.ok());
  EXPECT_EQ(object->bucket, "bkt");
  EXPECT_EQ(object->name, "a/b.txt");
  EXPECT_EQ(object->size, 11U);
  EXPECT_EQ(HexEncode(object->md5), "5eb63bbbe01eeed093cb22bb8f5acdc3");
  EXPECT_EQ(EncodeCrc32c(*object->crc32c), "yZRlqg==");
  EXPECT_EQ(object->generation, put->generation);
  EXPECT_EQ(object->metageneration, 1);
  EXPECT_EQ(object->created, clock_.Now());
  EXPECT_EQ(object->metadata.content_type, "text/plain");
  EXPECT_EQ(object->metadata.custom.at("k"), "v");
  EXPECT_FALSE(object->component_count);
  EXPECT_EQ(Read("a/b.txt"), "hello world");
}

TEST_P(ObjectStoreTest, ShowsNothingBeforeCommit) {
  auto writer = store_->NewWriter("bkt", "x");
  ASSERT_TRUE((*writer)->Write("half").ok());
  EXPECT_EQ((*writer)->size(), 4U);
  EXPECT_EQ(store_->Get("bkt", "x").status().code(), StatusCode::kNotFound);
  EXPECT_THAT(Names(), IsEmpty());
  writer->reset();
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_P(ObjectStoreTest, GenerationsGrowEvenWhenTheClockStandsOrGoesBack) {
  std::int64_t last = 0;
  for (int i = 0; i < 5; ++i) {
    const auto object = Put("x", std::to_string(i));
    EXPECT_GT(object->generation, last);
    last = object->generation;
    clock_.Advance(std::chrono::seconds(i % 2 == 0 ? -10 : 0));
  }
  ASSERT_TRUE(store_->Delete("bkt", "x", {}).ok());
  EXPECT_GT(Put("x", "again")->generation, last);
}

TEST_P(ObjectStoreTest, FindsOnlyTheLiveGeneration) {
  const auto first = Put("x", "1");
  const auto second = Put("x", "2");
  EXPECT_TRUE(store_->Get("bkt", "x", second->generation).ok());
  EXPECT_EQ(store_->Get("bkt", "x", first->generation).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(store_->Open("bkt", "x", first->generation).status().code(), StatusCode::kNotFound);
}

TEST_P(ObjectStoreTest, ReadersKeepTheirGeneration) {
  ASSERT_TRUE(Put("x", "old bytes").ok());
  auto reader = store_->Open("bkt", "x");
  ASSERT_TRUE(Put("x", "new").ok());
  EXPECT_EQ(*(*reader)->ReadAt(0, 100), "old bytes");
  ASSERT_TRUE(store_->Delete("bkt", "x", {}).ok());
  EXPECT_EQ(*(*reader)->ReadAt(4, 2), "by");
  EXPECT_EQ(*(*reader)->ReadAt(9, 2), "");
}

TEST_P(ObjectStoreTest, HoldsPreconditions) {
  EXPECT_EQ(Put("x", "1", {.if_generation_match = 5}).status().code(),
            StatusCode::kFailedPrecondition);
  const auto first = Put("x", "1", {.if_generation_match = 0});
  ASSERT_TRUE(first.ok());
  const auto again = Put("x", "2", {.if_generation_match = 0});
  EXPECT_EQ(again.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(again.status().violations().at(0).field, "condition");
  EXPECT_EQ(Read("x"), "1");
  EXPECT_FALSE(Put("x", "2", {.if_generation_not_match = first->generation}).ok());
  EXPECT_FALSE(Put("x", "2", {.if_metageneration_match = 2}).ok());
  EXPECT_FALSE(Put("x", "2", {.if_metageneration_not_match = 1}).ok());
  EXPECT_FALSE(store_->Delete("bkt", "x", {.if_generation_match = 1}).ok());
  const auto second = Put("x", "2", {.if_generation_match = first->generation});
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(store_->Delete("bkt", "x", {.if_generation_match = second->generation}).ok());
}

TEST_P(ObjectStoreTest, ANameMayAlsoBeAFolder) {
  ASSERT_TRUE(Put("a", "file").ok());
  ASSERT_TRUE(Put("a/b", "below").ok());
  ASSERT_TRUE(Put("a/b/", "slash").ok());
  ASSERT_TRUE(Put("a/b//", "slashes").ok());
  ASSERT_TRUE(Put("x/y", "below first").ok());
  ASSERT_TRUE(Put("x", "then file").ok());
  EXPECT_THAT(Names(), ElementsAre("a", "a/b", "a/b/", "a/b//", "x", "x/y"));
  EXPECT_EQ(Read("a"), "file");
  EXPECT_EQ(Read("a/b"), "below");
  EXPECT_EQ(Read("a/b/"), "slash");
  EXPECT_EQ(Read("a/b//"), "slashes");
  EXPECT_EQ(Read("x"), "then file");
  ASSERT_TRUE(Put("a", "file 2").ok());
  EXPECT_EQ(Read("a"), "file 2");
  ASSERT_TRUE(store_->Delete("bkt", "a", {}).ok());
  EXPECT_EQ(store_->Get("bkt", "a").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(Read("a/b"), "below");
}

TEST_P(ObjectStoreTest, TakesNamesThatFileSystemsCannot) {
  const std::vector<std::string> names = {"/",
                                          "//",
                                          "..",
                                          ".",
                                          "../../etc/x",
                                          "a/./b",
                                          "%",
                                          "%self",
                                          "%tmp/x",
                                          "%bucket",
                                          "%2E",
                                          "a%2Fb",
                                          "dir/",
                                          "말/학습",
                                          "x%+/y",
                                          "-",
                                          std::string(1024, 'n'),
                                          std::string(600, 'n') + "/m",
                                          std::string(253, 'n') + "z",
                                          std::string(300, 'n')};
  for (const std::string& name : names) {
    const auto put = Put(name, "of " + name);
    ASSERT_TRUE(put.ok()) << name << put.status().ToString();
  }
  for (const std::string& name : names) EXPECT_EQ(Read(name), "of " + name);
  std::vector<std::string> sorted = names;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(Names(), sorted);
  for (const std::string& name : names) EXPECT_TRUE(store_->Delete("bkt", name, {}).ok()) << name;
  EXPECT_TRUE(store_->DeleteBucket("bkt").ok());
}

TEST_P(ObjectStoreTest, ListsInByteOrderAsAPlainSortWould) {
  std::mt19937 random(7);
  std::vector<std::string> names;
  const std::vector<std::string> parts = {
      "a", "a-", "a.b", "b", "", "a0", "B", "%", std::string(260, 'q')};
  for (int i = 0; i < 60; ++i) {
    std::string name = parts[random() % parts.size()];
    for (unsigned k = random() % 3; k > 0; --k) name += "/" + parts[random() % parts.size()];
    if (!name.empty()) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::vector<std::string> shuffled = names;
  std::shuffle(shuffled.begin(), shuffled.end(), random);
  for (const std::string& name : shuffled) ASSERT_TRUE(Put(name, "x").ok());
  EXPECT_EQ(Names(), names);
  std::vector<std::string> paged;
  ListRequest request;
  request.max_results = 7;
  do {
    const auto page = store_->List("bkt", request);
    for (const Object& object : page->objects) paged.push_back(object.name);
    request.page_token = page->next_page_token;
  } while (!request.page_token.empty());
  EXPECT_EQ(paged, names);
  for (const std::string prefix : {"a", "a/", "a-", "/", "b/a"}) {
    std::vector<std::string> wanted;
    std::copy_if(names.begin(), names.end(), std::back_inserter(wanted),
                 [&](const std::string& name) { return name.starts_with(prefix); });
    EXPECT_EQ(Names({.prefix = prefix}), wanted) << prefix;
  }
}

TEST_P(ObjectStoreTest, CopiesAndComposes) {
  ObjectMetadata metadata;
  metadata.content_type = "text/x";
  const auto source = Put("s/1", "one,", {}, metadata);
  ASSERT_TRUE(Put("s/2", "two").ok());
  const auto copy = store_->Copy("bkt", "s/1", "bkt", "copy", {}, {});
  ASSERT_TRUE(copy.ok()) << copy.status().ToString();
  EXPECT_EQ(copy->md5, source->md5);
  EXPECT_EQ(copy->metadata.content_type, "text/x");
  EXPECT_GT(copy->generation, source->generation);
  EXPECT_EQ(Read("copy"), "one,");
  const auto whole = store_->Compose("bkt", {"s/1", "s/2", "s/1"}, "s/1", {}, {});
  ASSERT_TRUE(whole.ok()) << whole.status().ToString();
  EXPECT_EQ(Read("s/1"), "one,twoone,");
  EXPECT_EQ(*whole->crc32c, ExtendCrc32c(0, "one,twoone,"));
  EXPECT_EQ(whole->md5, "");
  EXPECT_EQ(whole->component_count, 3);
  EXPECT_EQ(store_->Compose("bkt", {"s/1", "s/2"}, "all", {}, {})->component_count, 4);
  EXPECT_EQ(store_->Compose("bkt", {"s/1", "gone"}, "z", {}, {}).status().code(),
            StatusCode::kNotFound);
  EXPECT_EQ(
      store_->Copy("bkt", "s/2", "bkt", "copy", {}, {.if_generation_match = 0}).status().code(),
      StatusCode::kFailedPrecondition);
}

TEST_P(ObjectStoreTest, UpdatesMetadataInPlace) {
  const auto before = Put("x", "bytes");
  clock_.Advance(std::chrono::seconds(5));
  ObjectMetadata metadata;
  metadata.cache_control = "no-store";
  metadata.custom["long"] = std::string(20'000, 'm');  // longer than an xattr may be
  const auto after = store_->UpdateMetadata("bkt", "x", metadata, {});
  ASSERT_TRUE(after.ok()) << after.status().ToString();
  EXPECT_EQ(after->generation, before->generation);
  EXPECT_EQ(after->metageneration, 2);
  EXPECT_EQ(after->created, before->created);
  EXPECT_EQ(after->updated, clock_.Now());
  EXPECT_EQ(after->md5, before->md5);
  EXPECT_EQ(store_->Get("bkt", "x")->metadata.custom.at("long").size(), 20'000U);
  ASSERT_TRUE(store_->UpdateMetadata("bkt", "x", {}, {.if_metageneration_match = 2}).ok());
  EXPECT_TRUE(store_->Get("bkt", "x")->metadata.custom.empty());
  EXPECT_FALSE(store_->UpdateMetadata("bkt", "x", {}, {.if_metageneration_match = 2}).ok());
  EXPECT_EQ(store_->UpdateMetadata("bkt", "y", {}, {}).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(Read("x"), "bytes");
}

TEST_P(ObjectStoreTest, KeepsBuckets) {
  Bucket bucket;
  bucket.name = "jybaek_cloudml_test";
  bucket.project = "other";
  bucket.location = "EU";
  ASSERT_TRUE(store_->CreateBucket(bucket).ok());
  EXPECT_EQ(store_->CreateBucket(bucket).status().code(), StatusCode::kAlreadyExists);
  const auto got = store_->GetBucket("jybaek_cloudml_test");
  EXPECT_EQ(got->location, "EU");
  EXPECT_EQ(got->storage_class, "STANDARD");
  EXPECT_EQ(got->created, clock_.Now());
  EXPECT_EQ(store_->GetBucket("bkt")->location, "US-CENTRAL1");
  EXPECT_EQ(store_->ListBuckets("p")->size(), 1U);
  EXPECT_EQ(store_->ListBuckets("")->size(), 2U);
  bucket.name = "storage";
  EXPECT_EQ(store_->CreateBucket(bucket).status().code(), StatusCode::kInvalidArgument);
  ASSERT_TRUE(Put("x", "1").ok());
  EXPECT_EQ(store_->DeleteBucket("bkt").code(), StatusCode::kFailedPrecondition);
  ASSERT_TRUE(store_->Delete("bkt", "x", {}).ok());
  EXPECT_TRUE(store_->DeleteBucket("bkt").ok());
  const Status missing = store_->NewWriter("bkt", "x").status();
  EXPECT_EQ(missing.code(), StatusCode::kNotFound);
  EXPECT_THAT(missing.message(), HasSubstr("mlengine storage mb gs://bkt"));
  EXPECT_EQ(store_->List("bkt", {}).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(store_->Delete("bkt", "x", {}).code(), StatusCode::kNotFound);
}

TEST_P(ObjectStoreTest, OneOfManyCreatorsWins) {
  std::atomic<int> made{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      if (Put("one", std::to_string(i), {.if_generation_match = 0}).ok()) ++made;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(made, 1);
}

// Names that are folders of each other come and go; nothing may be lost or fail.
TEST_P(ObjectStoreTest, WritersAndRemoversOfOneFolderDoNotMeet) {
  const std::vector<std::string> names = {"d", "d/e", "d/e/f", "d/e/f/g", "d/x"};
  std::vector<std::thread> threads;
  for (const std::string& name : names) {
    threads.emplace_back([&, name] {
      for (int i = 0; i < 25; ++i) {
        const std::string bytes = name + std::to_string(i);
        const auto put = Put(name, bytes);
        EXPECT_TRUE(put.ok()) << name << ": " << put.status().ToString();
        if (put.ok()) EXPECT_EQ(Read(name), bytes) << name;
        if (i == 24) continue;
        const Status gone = store_->Delete("bkt", name, {});
        EXPECT_TRUE(gone.ok()) << name << ": " << gone.ToString();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Names(), names);
}

INSTANTIATE_TEST_SUITE_P(Stores, ObjectStoreTest, ::testing::Values("memory", "file"),
                         [](const auto& named) { return named.param; });

}  // namespace
}  // namespace mlengine::objects
