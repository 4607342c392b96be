#include "storage_api/upload_session.h"

#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "base/testing/source_tree.h"
#include "base/testing/temp_dir.h"
#include "objects/memory_object_store.h"

namespace mlengine::storage_api {
namespace {

class UploadSessionTest : public ::testing::Test {
 protected:
  UploadSessionTest() : objects_(objects::NewMemoryObjectStore(clock_)) {
    objects::Bucket bucket;
    bucket.name = "bkt";
    EXPECT_TRUE(objects_->CreateBucket(bucket).ok());
    Reopen();
  }
  void Reopen() {
    auto sessions = UploadSessions::Open(dir_.path(), clock_);
    ASSERT_TRUE(sessions.ok()) << sessions.status().ToString();
    sessions_ = *std::move(sessions);
  }
  UploadPlan Plan() {
    UploadPlan plan;
    plan.bucket = "bkt";
    plan.resource.name = "a/b";
    plan.resource.metadata.content_type = "text/plain";
    plan.resource.metadata.custom["k"] = "v";
    plan.resource.crc32c = 0xc99465aaU;
    plan.conditions.if_generation_match = 0;
    plan.total = 11;
    return plan;
  }
  std::size_t Files() { return RealFileSystem().List(dir_.path())->size(); }

  TempDir dir_;
  FakeClock clock_;
  std::unique_ptr<objects::ObjectStore> objects_;
  std::unique_ptr<UploadSessions> sessions_;
};

TEST_F(UploadSessionTest, GoesOnAfterARestart) {
  const auto started = sessions_->Start(Plan());
  ASSERT_TRUE(started.ok()) << started.status().ToString();
  const std::string id = (*started)->id();
  ASSERT_TRUE((*started)->Append("hello ").ok());
  ASSERT_TRUE((*started)->Sync().ok());
  Reopen();
  const auto session = sessions_->Find(id);
  ASSERT_TRUE(session.ok());
  EXPECT_EQ(*(*session)->Size(), 6U);
  EXPECT_EQ((*session)->plan().resource.metadata.content_type, "text/plain");
  EXPECT_EQ((*session)->plan().resource.metadata.custom.at("k"), "v");
  EXPECT_EQ((*session)->plan().conditions.if_generation_match, 0);
  EXPECT_EQ((*session)->plan().total, 11U);
  ASSERT_TRUE((*session)->Append("world").ok());
  const auto object = (*session)->Finish(*objects_, (*session)->plan().resource);
  ASSERT_TRUE(object.ok()) << object.status().ToString();
  EXPECT_EQ(object->size, 11U);
  sessions_->Close(*session);
  EXPECT_EQ(Files(), 0U);
  // A client that did not get the answer asks again.
  EXPECT_EQ((*sessions_->Find(id))->finished()->generation, object->generation);
}

TEST_F(UploadSessionTest, ChecksTheHashBeforeAnythingIsVisible) {
  const auto session = sessions_->Start(Plan());
  ASSERT_TRUE((*session)->Append("hello earth").ok());
  EXPECT_EQ((*session)->Finish(*objects_, (*session)->plan().resource).status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(objects_->Get("bkt", "a/b").status().code(), StatusCode::kNotFound);
}

TEST_F(UploadSessionTest, EndsAfterSevenDaysOrWhenCancelled) {
  const std::string old = (*sessions_->Start(Plan()))->id();
  clock_.Advance(std::chrono::hours(6 * 24));
  const std::string fresh = (*sessions_->Start(Plan()))->id();
  clock_.Advance(std::chrono::hours(25));
  EXPECT_EQ(sessions_->Find(old).status().code(), StatusCode::kNotFound);
  Reopen();
  EXPECT_EQ(Files(), 1U);
  EXPECT_TRUE(sessions_->Find(fresh).ok());
  EXPECT_TRUE(sessions_->Cancel(fresh).ok());
  EXPECT_EQ(sessions_->Cancel(fresh).code(), StatusCode::kNotFound);
  EXPECT_EQ(Files(), 0U);
}

TEST_F(UploadSessionTest, RemovesWhatACrashCutShort) {
  const std::string id(32, 'a');
  ASSERT_TRUE(RealFileSystem().WriteAtomic(dir_ / (id + ".data"), "bytes").ok());
  ASSERT_TRUE(RealFileSystem().WriteAtomic(dir_ / (std::string(32, 'b') + ".json"), "{}").ok());
  Reopen();
  EXPECT_EQ(Files(), 0U);
}

TEST_F(UploadSessionTest, ReadsAStoredPlanOfVersionOne) {
  const auto plan = DecodePlan(
      R"({"v":1,"bucket":"bkt","started":1514862245000000000,"object":{"name":"n",)"
      R"("contentType":"t/x","crc32c":"yZRlqg=="},"conditions":{"ifMetagenerationMatch":3},)"
      R"("total":9})");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->bucket, "bkt");
  EXPECT_EQ(plan->started, clock_.Now());
  EXPECT_EQ(plan->resource.name, "n");
  EXPECT_EQ(plan->conditions.if_metageneration_match, 3);
  EXPECT_EQ(plan->total, 9U);
  EXPECT_FALSE(DecodePlan(R"({"v":2})").ok());
  EXPECT_FALSE(
      DecodePlan(R"({"v":1,"bucket":"b","started":1,"object":{},"conditions":{},"total":-1})")
          .ok());
}

// testdata of the room upkeep has the folder of a server of version 1.
TEST_F(UploadSessionTest, GoesOnWithAnUploadOfVersion1) {
  const std::string old = SourceTree() + "/src/upkeep/testdata/data-v1/uploads/";
  const std::string id = "263eedb84c6d14a8834bebad31d1b06a";
  for (const std::string& name : {id + ".json", id + ".data"}) {
    ASSERT_TRUE(RealFileSystem().WriteAtomic(dir_ / name, *RealFileSystem().Read(old + name)).ok());
  }
  clock_.Set(FromUnixNanos(1795541159689828601));
  Reopen();
  const auto session = sessions_->Find(id);
  ASSERT_TRUE(session.ok()) << session.status().ToString();
  EXPECT_EQ(*(*session)->Size(), 16U);
  EXPECT_EQ((*session)->plan().resource.name, "half");
  EXPECT_EQ((*session)->plan().resource.metadata.custom.at("k"), "v");
  EXPECT_EQ((*session)->plan().total, 600000U);
}

TEST_F(UploadSessionTest, OneTooManyIsRefusedUntilAnotherEnds) {
  sessions_ = *UploadSessions::Open(dir_.path(), clock_, {.count = 2});
  const auto first = sessions_->Start(Plan());
  ASSERT_TRUE(first.ok() && sessions_->Start(Plan()).ok());
  EXPECT_EQ(sessions_->Start(Plan()).status().code(), StatusCode::kResourceExhausted);
  ASSERT_TRUE(sessions_->Cancel((*first)->id()).ok());
  EXPECT_TRUE(sessions_->Start(Plan()).ok());
}

TEST_F(UploadSessionTest, TogetherTheyHoldNoMoreThanTheyMay) {
  sessions_ = *UploadSessions::Open(dir_.path(), clock_, {.bytes = 10});
  const auto first = *sessions_->Start(Plan());
  const auto second = *sessions_->Start(Plan());
  ASSERT_TRUE(first->Append("123456").ok());
  EXPECT_EQ(second->Append("123456").code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(*second->Size(), 0U);
  // Counted after a restart too, and no more when the bytes have gone.
  sessions_ = *UploadSessions::Open(dir_.path(), clock_, {.bytes = 10});
  const auto again = *sessions_->Find(second->id());
  EXPECT_EQ(again->Append("123456").code(), StatusCode::kResourceExhausted);
  ASSERT_TRUE((*sessions_->Find(first->id()))->Restart().ok());
  EXPECT_TRUE(again->Append("123456").ok());
}

TEST_F(UploadSessionTest, TheirLifeIsSetByTheLimits) {
  sessions_ = *UploadSessions::Open(dir_.path(), clock_, {.life = std::chrono::hours(24)});
  const auto session = *sessions_->Start(Plan());
  clock_.Advance(std::chrono::hours(25));
  const Status gone = sessions_->Find(session->id()).status();
  EXPECT_EQ(gone.code(), StatusCode::kNotFound);
  EXPECT_NE(gone.message().find("older than 1 days"), std::string::npos) << gone.message();
}

}  // namespace
}  // namespace mlengine::storage_api
