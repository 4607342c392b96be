// The contract of ModelStore, run against every implementation; and what the one of SQLite promises
// of its file.
#include "store/model_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/testing/temp_dir.h"
#include "store/job_store_file.h"
#include "store/memory_model_store.h"
#include "store/sqlite_database.h"
#include "store/sqlite_job_store.h"
#include "store/sqlite_model_store.h"

namespace mlengine::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ResourceRecord Model(const std::string& name, const std::string& description = "") {
  ResourceRecord record;
  record.mutable_model()->mutable_model()->set_name(name);
  record.mutable_model()->mutable_model()->set_description(description);
  return record;
}
ResourceRecord Version(const std::string& name) {
  ResourceRecord record;
  record.mutable_version()->mutable_version()->set_name(name);
  return record;
}
ResourceRecord Operation(const std::string& name, bool done = false) {
  ResourceRecord record;
  record.mutable_operation()->set_name(name);
  record.mutable_operation()->set_done(done);
  return record;
}

Status Create(ModelStore& store, const ResourceKey& key, const ResourceRecord& record) {
  return store.Change([&](ModelTransaction& change) { return change.Create(key, record); });
}
Status Put(ModelStore& store, const ResourceKey& key, const ResourceRecord& record) {
  return store.Change([&](ModelTransaction& change) { return change.Put(key, record); });
}
Status Remove(ModelStore& store, const ResourceKey& key) {
  return store.Change([&](ModelTransaction& change) { return change.Remove(key); });
}

std::vector<std::string> Names(const std::vector<StoredResource>& resources) {
  std::vector<std::string> names;
  for (const StoredResource& resource : resources) names.push_back(resource.key.name);
  return names;
}

enum class Kind { kMemory, kSqlite };

class ModelStoreTest : public ::testing::TestWithParam<Kind> {
 protected:
  ModelStoreTest() {
    if (GetParam() == Kind::kMemory) {
      store_ = NewMemoryModelStore();
    } else {
      auto opened = OpenSqliteModelStore(dir_ / "state.db");
      EXPECT_TRUE(opened.ok()) << opened.status().ToString();
      if (opened.ok()) store_ = *std::move(opened);
    }
  }

  TempDir dir_;
  std::unique_ptr<ModelStore> store_;
};

TEST_P(ModelStoreTest, NamesAreUniqueAmongTheirKindAndParent) {
  EXPECT_TRUE(Create(*store_, ModelKey("p", "m"), Model("m")).ok());
  const Status again = Create(*store_, ModelKey("p", "m"), Model("m"));
  EXPECT_EQ(again.code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(again.message(), "A model with the same name already exists.");
  EXPECT_TRUE(Create(*store_, ModelKey("q", "m"), Model("m")).ok());
  EXPECT_TRUE(Create(*store_, VersionKey("p", "m", "v"), Version("v")).ok());
  EXPECT_TRUE(Create(*store_, VersionKey("p", "n", "v"), Version("v")).ok());
  EXPECT_EQ(Create(*store_, VersionKey("p", "m", "v"), Version("v")).code(),
            StatusCode::kAlreadyExists);
  EXPECT_EQ(store_->Get(VersionKey("p", "m", "w")).status().code(), StatusCode::kNotFound);
}

TEST_P(ModelStoreTest, VersionsCountChangesAndSequencesNeverComeBack) {
  const ResourceKey key = ModelKey("p", "m");
  ASSERT_TRUE(Create(*store_, key, Model("m")).ok());
  const StoredResource first = *store_->Get(key);
  EXPECT_EQ(first.version, 1);
  ASSERT_TRUE(Put(*store_, key, Model("m")).ok());
  EXPECT_EQ(store_->Get(key)->version, 1) << "a record left equal is not written";
  ASSERT_TRUE(Put(*store_, key, Model("m", "text")).ok());
  EXPECT_EQ(store_->Get(key)->version, 2);
  EXPECT_EQ(store_->Get(key)->sequence, first.sequence);
  ASSERT_TRUE(Remove(*store_, key).ok());
  EXPECT_EQ(store_->Get(key).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(Put(*store_, key, Model("m")).code(), StatusCode::kNotFound);
  EXPECT_EQ(Remove(*store_, key).code(), StatusCode::kNotFound);
  ASSERT_TRUE(Create(*store_, key, Model("m")).ok());
  EXPECT_GT(store_->Get(key)->sequence, first.sequence);
}

TEST_P(ModelStoreTest, AChangeIsAllOrNothingAndReadsWhatItWrote) {
  ASSERT_TRUE(Create(*store_, ModelKey("p", "m"), Model("m")).ok());
  const Status failed = store_->Change([](ModelTransaction& change) {
    MLENGINE_RETURN_IF_ERROR(change.Create(VersionKey("p", "m", "v"), Version("v")));
    MLENGINE_RETURN_IF_ERROR(change.Put(ModelKey("p", "m"), Model("m", "changed")));
    EXPECT_EQ(*change.Count(ResourceKind::kVersion, "p", "m"), 1);
    EXPECT_EQ(change.Get(ModelKey("p", "m"))->version, 2);
    MLENGINE_RETURN_IF_ERROR(change.Remove(ModelKey("p", "m")));
    return AbortedError("thought better of it");
  });
  EXPECT_EQ(failed, AbortedError("thought better of it"));
  EXPECT_EQ(store_->Get(ModelKey("p", "m"))->record.model().model().description(), "");
  EXPECT_FALSE(store_->Get(VersionKey("p", "m", "v")).ok());
}

TEST_P(ModelStoreTest, AChangeMayReadTheStoreAsItWas) {
  ASSERT_TRUE(Create(*store_, ModelKey("p", "m"), Model("m")).ok());
  EXPECT_TRUE(store_
                  ->Change([this](ModelTransaction& change) {
                    MLENGINE_RETURN_IF_ERROR(change.Remove(ModelKey("p", "m")));
                    return store_->Get(ModelKey("p", "m")).status();
                  })
                  .ok());
}

TEST_P(ModelStoreTest, ARecordOfAnotherKindIsRefused) {
  EXPECT_EQ(Create(*store_, ModelKey("p", "m"), Version("m")).code(), StatusCode::kInvalidArgument);
}

TEST_P(ModelStoreTest, PagesAreByNameAndOperationsNewestFirst) {
  for (const char* name : {"c", "a", "e", "b", "d"}) {
    ASSERT_TRUE(Create(*store_, ModelKey("p", name), Model(name)).ok());
    ASSERT_TRUE(Create(*store_, OperationKey("p", name), Operation(name)).ok());
  }
  ListResourcesQuery query{.kind = ResourceKind::kModel, .project = "p", .page_size = 2};
  auto page = store_->List(query);
  EXPECT_THAT(Names(page->resources), ElementsAre("a", "b"));
  query.page_token = page->next_page_token;
  page = store_->List(query);
  EXPECT_THAT(Names(page->resources), ElementsAre("c", "d"));
  query.page_token = page->next_page_token;
  page = store_->List(query);
  EXPECT_THAT(Names(page->resources), ElementsAre("e"));
  EXPECT_EQ(page->next_page_token, "");

  ListResourcesQuery newest{.kind = ResourceKind::kOperation, .project = "p", .page_size = 3};
  page = store_->List(newest);
  EXPECT_THAT(Names(page->resources), ElementsAre("d", "b", "e"));
  newest.page_token = page->next_page_token;
  EXPECT_THAT(Names(store_->List(newest)->resources), ElementsAre("a", "c"));
}

TEST_P(ModelStoreTest, TokensAreOfOneListAndPagesOfOneAtLeast) {
  for (const char* name : {"a", "b", "c"})
    ASSERT_TRUE(Create(*store_, VersionKey("p", "m", name), Version(name)).ok());
  ListResourcesQuery query{
      .kind = ResourceKind::kVersion, .project = "p", .parent = "m", .page_size = 1};
  const std::string token = store_->List(query)->next_page_token;
  ASSERT_NE(token, "");
  query.page_token = token;
  query.parent = "n";
  EXPECT_EQ(store_->List(query).status().code(), StatusCode::kInvalidArgument);
  query.parent = "m";
  query.kind = ResourceKind::kModel;
  EXPECT_EQ(store_->List(query).status().code(), StatusCode::kInvalidArgument);
  query.kind = ResourceKind::kVersion;
  EXPECT_THAT(Names(store_->List(query)->resources), ElementsAre("b"));
  query.page_token = "nonsense";
  EXPECT_EQ(store_->List(query).status().code(), StatusCode::kInvalidArgument);
  query.page_token = "";
  query.page_size = 0;
  EXPECT_EQ(store_->List(query).status().code(), StatusCode::kInvalidArgument);
}

TEST_P(ModelStoreTest, AFilterReachesBeyondOneChunk) {
  ASSERT_TRUE(store_
                  ->Change([](ModelTransaction& change) {
                    for (int i = 0; i < 300; ++i) {
                      const std::string name = "m" + std::to_string(1000 + i);
                      MLENGINE_RETURN_IF_ERROR(change.Create(ModelKey("p", name), Model(name)));
                    }
                    return OkStatus();
                  })
                  .ok());
  ListResourcesQuery query{
      .kind = ResourceKind::kModel,
      .project = "p",
      .filter = [](const StoredResource& one) { return one.key.name.ends_with("99"); },
      .page_size = 2};
  const auto page = store_->List(query);
  EXPECT_THAT(Names(page->resources), ElementsAre("m1099", "m1199"));
  query.page_token = page->next_page_token;
  EXPECT_THAT(Names(store_->List(query)->resources), ElementsAre("m1299"));
}

TEST_P(ModelStoreTest, OpenOperationsAndVersionsOfAllProjects) {
  for (const char* project : {"q", "p"}) {
    ASSERT_TRUE(Create(*store_, OperationKey(project, project), Operation(project)).ok());
    ASSERT_TRUE(Create(*store_, OperationKey(project, "done"), Operation("done", true)).ok());
    ASSERT_TRUE(Create(*store_, VersionKey(project, "m", project), Version(project)).ok());
  }
  EXPECT_THAT(Names(*store_->ListOpenOperations()), ElementsAre("q", "p"));
  EXPECT_THAT(Names(*store_->ListVersions()), ElementsAre("q", "p"));
  ASSERT_TRUE(Put(*store_, OperationKey("q", "q"), Operation("q", true)).ok());
  EXPECT_THAT(Names(*store_->ListOpenOperations()), ElementsAre("p"));
}

TEST_P(ModelStoreTest, TheFeedTellsOfCommittedChangesOnly) {
  std::vector<std::string> told;
  const std::int64_t id =
      store_->Subscribe([&told](const ResourceKey& key) { told.push_back(key.name); });
  ASSERT_TRUE(Create(*store_, ModelKey("p", "m"), Model("m")).ok());
  ASSERT_TRUE(Put(*store_, ModelKey("p", "m"), Model("m")).ok());
  ASSERT_FALSE(Create(*store_, ModelKey("p", "m"), Model("m")).ok());
  ASSERT_TRUE(Remove(*store_, ModelKey("p", "m")).ok());
  EXPECT_THAT(told, ElementsAre("m", "m"));
  store_->Unsubscribe(id);
  ASSERT_TRUE(Create(*store_, ModelKey("p", "n"), Model("n")).ok());
  EXPECT_EQ(told.size(), 2U);
}

TEST_P(ModelStoreTest, ChangesOfManyThreadsDoNotGetLost) {
  ASSERT_TRUE(Create(*store_, ModelKey("p", "m"), Model("m")).ok());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 10; ++i) {
        const Status status = store_->Change([](ModelTransaction& change) {
          MLENGINE_ASSIGN_OR_RETURN(StoredResource model, change.Get(ModelKey("p", "m")));
          auto* count = model.record.mutable_model();
          count->set_create_time_ns(count->create_time_ns() + 1);
          return change.Put(ModelKey("p", "m"), model.record);
        });
        EXPECT_TRUE(status.ok()) << status.ToString();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store_->Get(ModelKey("p", "m"))->record.model().create_time_ns(), 40);
}

INSTANTIATE_TEST_SUITE_P(Stores, ModelStoreTest, ::testing::Values(Kind::kMemory, Kind::kSqlite),
                         [](const auto& info) {
                           return info.param == Kind::kMemory ? "Memory" : "Sqlite";
                         });

TEST(SqliteModelStoreTest, SharesItsFileWithTheJobStoreAndKeepsAll) {
  const TempDir dir;
  const std::string path = dir / "state.db";
  {
    const auto jobs = OpenSqliteJobStore(path);
    const auto models = OpenSqliteModelStore(path);
    ASSERT_TRUE(jobs.ok() && models.ok());
    JobRecord job;
    job.set_project("p");
    job.mutable_job()->set_job_id("j");
    ASSERT_TRUE((*jobs)->Create(job).ok());
    ASSERT_TRUE(Create(**models, ModelKey("p", "m"), Model("m")).ok());
  }
  const auto models = OpenSqliteModelStore(path);
  EXPECT_TRUE((*models)->Get(ModelKey("p", "m")).ok());
  EXPECT_THAT(CheckJobStore(path)->faults, IsEmpty());
}

TEST(SqliteModelStoreTest, ADamagedRecordIsNamed) {
  const TempDir dir;
  const std::string path = dir / "state.db";
  const auto models = OpenSqliteModelStore(path);
  ASSERT_TRUE(Create(**models, VersionKey("p", "m", "v"), Version("v")).ok());
  {
    const auto database = SqliteDatabase::Open(path, SqliteDatabase::Mode::kReadWriteCreate);
    ASSERT_TRUE((*database)->Execute("UPDATE resources SET record = x'ffff'").ok());
  }
  EXPECT_EQ((*models)->Get(VersionKey("p", "m", "v")).status().code(), StatusCode::kDataLoss);
  EXPECT_THAT(CheckJobStore(path)->faults,
              ElementsAre("resource p/m/v of kind 2: its record is damaged"));
}

TEST(SqliteModelStoreTest, AFullFileRefusesWhatIsNewAndAsksForRoomForTheRest) {
  const TempDir dir;
  int asked = 0;
  auto models = OpenSqliteModelStore(dir / "state.db", {.max_pages = 20, .make_room = [&asked] {
                                                          ++asked;
                                                          return false;
                                                        }});
  ASSERT_TRUE(models.ok());
  ASSERT_TRUE(Create(**models, ModelKey("p", "m"), Model("m")).ok());
  const std::string much(1U << 20, 'x');
  EXPECT_EQ(Create(**models, ModelKey("p", "n"), Model("n", much)).code(),
            StatusCode::kResourceExhausted);
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(Put(**models, ModelKey("p", "m"), Model("m", much)).code(),
            StatusCode::kResourceExhausted);
  EXPECT_EQ(asked, 1);
  EXPECT_TRUE(Put(**models, ModelKey("p", "m"), Model("m", "small")).ok());
}

}  // namespace
}  // namespace mlengine::store
