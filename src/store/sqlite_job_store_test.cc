// What the job store promises of its file, beyond the contract in job_store_test.cc.
#include "store/sqlite_job_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "base/testing/source_tree.h"
#include "base/testing/temp_dir.h"
#include "store/sqlite_database.h"

namespace mlengine::store {
namespace {

using ml::v1::Job;
using ::testing::HasSubstr;

JobRecord Record(const std::string& job_id, std::size_t padding = 0) {
  JobRecord record;
  record.set_project("p");
  record.mutable_job()->set_job_id(job_id);
  record.mutable_job()->set_state(Job::QUEUED);
  if (padding > 0)
    record.mutable_job()->mutable_training_input()->add_args(std::string(padding, 'x'));
  return record;
}

class SqliteJobStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<JobStore> MustOpen(const SqliteJobStoreOptions& options = {}) {
    Result<std::unique_ptr<JobStore>> store = OpenSqliteJobStore(path_, options);
    EXPECT_TRUE(store.ok()) << store.status().ToString();
    return store.ok() ? *std::move(store) : nullptr;
  }
  // Runs SQL on a connection beside the store's.
  Status Sql(const std::string& sql) {
    MLENGINE_ASSIGN_OR_RETURN(const auto database,
                              SqliteDatabase::Open(path_, SqliteDatabase::Mode::kReadWriteCreate));
    return database->Execute(sql);
  }

  TempDir dir_;
  const std::string path_ = dir_ / "state.db";
};

TEST_F(SqliteJobStoreTest, KeepsAllAcrossAReopen) {
  const std::int64_t sequence = MustOpen()->Create(Record("a"))->sequence;
  {
    const auto store = MustOpen();
    ASSERT_TRUE(store
                    ->Update({"p", "a"},
                             [](JobRecord& record) {
                               record.mutable_job()->set_state(Job::SUCCEEDED);
                               return OkStatus();
                             })
                    .ok());
  }
  const auto store = MustOpen();
  const Result<StoredJob> job = store->Get({"p", "a"});
  ASSERT_TRUE(job.ok());
  EXPECT_EQ(job->version, 2);
  EXPECT_EQ(job->record.job().state(), Job::SUCCEEDED);
  EXPECT_EQ(store->Create(Record("a")).status().code(), StatusCode::kAlreadyExists);
  EXPECT_GT(store->Create(Record("b"))->sequence, sequence);
  EXPECT_EQ(store->CountByState()->size(), 2U);
}

// The file of a killed server: only what was committed is copied, the store never closes it.
TEST_F(SqliteJobStoreTest, WhatWasAnsweredIsInTheFiles) {
  const auto store = MustOpen();
  ASSERT_TRUE(store->Create(Record("a")).ok());
  const TempDir copy;
  for (const char* name : {"state.db", "state.db-wal"}) {
    std::ifstream from(dir_ / name, std::ios::binary);
    std::ofstream(copy / name, std::ios::binary) << from.rdbuf();
  }
  const auto recovered = OpenSqliteJobStore(copy / "state.db");
  ASSERT_TRUE(recovered.ok()) << recovered.status().ToString();
  EXPECT_TRUE((*recovered)->Get({"p", "a"}).ok());
}

TEST_F(SqliteJobStoreTest, WritesAheadIntoALogAndNumbersItsSchema) {
  MustOpen();
  const auto database = SqliteDatabase::Open(path_, SqliteDatabase::Mode::kReadOnly);
  EXPECT_EQ(*(*database)->Query("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(*(*database)->Query("PRAGMA user_version"), "3");
}

TEST_F(SqliteJobStoreTest, IsForItsOwnerAlone) {
  const auto store = MustOpen();
  ASSERT_TRUE(store->Create(Record("a")).ok());
  for (const char* end : {"", "-wal", "-shm"}) {
    struct stat file{};
    ASSERT_EQ(::stat((path_ + end).c_str(), &file), 0) << end;
    EXPECT_EQ(file.st_mode & 0777, 0600U) << end;
  }
}

TEST_F(SqliteJobStoreTest, RefusesANewerSchemaAndLeavesIt) {
  MustOpen({.program = "mlengine 7.5"});
  ASSERT_TRUE(Sql("PRAGMA user_version = 4").ok());
  const auto store = OpenSqliteJobStore(path_);
  EXPECT_EQ(store.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(store.status().message(),
            path_ +
                " was written by mlengine 7.5 (schema 4); this program reads schemas up to 3. Use "
                "that mlengine or a newer one");
  EXPECT_EQ(RealFileSystem().List(dir_.path())->size(), 1U);
  // The copy that the newer one made is named.
  ASSERT_TRUE(RealFileSystem().WriteAtomic(path_ + ".before-v4", "").ok());
  EXPECT_THAT(OpenSqliteJobStore(path_).status().message(),
              HasSubstr("or put " + path_ + ".before-v4 in its place"));
}

// Of a server of schema 1.
class OldStoreTest : public SqliteJobStoreTest {
 protected:
  void SetUp() override {
    std::ifstream from(SourceTree() + "/src/upkeep/testdata/data-v1/state.db", std::ios::binary);
    std::ofstream(path_, std::ios::binary) << from.rdbuf();
  }
  std::string SchemaOf(const std::string& path) {
    const auto database = SqliteDatabase::Open(path, SqliteDatabase::Mode::kReadOnly);
    return database.ok() ? (*database)->Query("PRAGMA user_version").value_or("?") : "?";
  }
};

TEST_F(OldStoreTest, IsBroughtUpAndItsJobsAreThere) {
  ASSERT_EQ(SchemaOf(path_), "1");
  const auto store = MustOpen();
  const auto jobs = store->List({.project = "default"});
  ASSERT_TRUE(jobs.ok());
  ASSERT_EQ(jobs->jobs.size(), 3U);
  EXPECT_EQ(store->Get({"default", "old_done"})->record.job().state(), Job::SUCCEEDED);
  const JobRecord failed = store->Get({"default", "old_failed"})->record;
  EXPECT_EQ(failed.job().state(), Job::FAILED);
  EXPECT_EQ(failed.attempts(0).replicas(0).status().exit().exit_code(), 3);
  EXPECT_EQ(store->Get({"default", "old_stopped"})->record.job().state(), Job::CANCELLED);
  EXPECT_TRUE(store->Create(Record("new")).ok());
  EXPECT_EQ(SchemaOf(path_), "3");
}

TEST_F(OldStoreTest, ACopyOfBeforeStays) {
  MustOpen();
  EXPECT_EQ(SchemaOf(path_ + ".before-v3"), "1");
  EXPECT_FALSE(RealFileSystem().Stat(path_ + ".before-v3.partial").ok());
  // Opened again, it is not made again.
  const FileStat before = *RealFileSystem().Stat(path_ + ".before-v3");
  MustOpen();
  EXPECT_EQ(RealFileSystem().Stat(path_ + ".before-v3")->inode, before.inode);
}

TEST_F(OldStoreTest, AnUpgradeThatWasCutShortBeginsAgain) {
  ASSERT_TRUE(RealFileSystem().WriteAtomic(path_ + ".before-v3.partial", "half").ok());
  EXPECT_EQ(MustOpen()->List({.project = "default"})->jobs.size(), 3U);
  EXPECT_EQ(SchemaOf(path_ + ".before-v3"), "1");
}

TEST_F(OldStoreTest, WithoutRoomForTheCopyNothingIsChanged) {
  // In the way of the copy: a folder that cannot be removed as a file.
  ASSERT_TRUE(RealFileSystem().MakeDirectories(path_ + ".before-v3.partial/x").ok());
  EXPECT_FALSE(OpenSqliteJobStore(path_).ok());
  EXPECT_EQ(SchemaOf(path_), "1");
}

TEST_F(SqliteJobStoreTest, RefusesAnotherProgramsFile) {
  ASSERT_TRUE(Sql("CREATE TABLE t (x)").ok());
  const auto store = OpenSqliteJobStore(path_);
  EXPECT_EQ(store.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(store.status().message(), HasSubstr(path_ + " belongs to another program"));
}

TEST_F(SqliteJobStoreTest, RefusesGarbageWithASentence) {
  std::ofstream(path_) << std::string(10000, '?');
  const auto store = OpenSqliteJobStore(path_);
  EXPECT_EQ(store.status().code(), StatusCode::kDataLoss);
  EXPECT_THAT(store.status().message(), HasSubstr(path_ + " is damaged or is no job store"));
}

TEST_F(SqliteJobStoreTest, SaysThatAFolderIsMissing) {
  const auto store = OpenSqliteJobStore(dir_ / "none/state.db");
  EXPECT_EQ(store.status().code(), StatusCode::kNotFound);
  EXPECT_THAT(store.status().message(), HasSubstr("none/state.db"));
}

TEST_F(SqliteJobStoreTest, ADamagedRecordIsToldAndTheOthersLive) {
  const auto store = MustOpen();
  ASSERT_TRUE(store->Create(Record("a")).ok());
  ASSERT_TRUE(store->Create(Record("b")).ok());
  ASSERT_TRUE(Sql("UPDATE jobs SET record = x'FFFF' WHERE job_id = 'a'").ok());
  EXPECT_EQ(store->Get({"p", "a"}).status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(store->ListUnfinished().status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(store->Update({"p", "a"}, [](JobRecord&) { return OkStatus(); }).status().code(),
            StatusCode::kDataLoss);
  EXPECT_TRUE(store->Get({"p", "b"}).ok());
}

TEST_F(SqliteJobStoreTest, AFullDiskFailsOneCallAndNotTheStore) {
  const auto store = MustOpen({.max_pages = 40});
  ASSERT_TRUE(store->Create(Record("small")).ok());
  const Result<StoredJob> huge = store->Create(Record("huge", 1U << 20));
  EXPECT_EQ(huge.status().code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(huge.status().message(), HasSubstr("free some space"));
  EXPECT_EQ(store->Get({"p", "huge"}).status().code(), StatusCode::kNotFound);
  EXPECT_TRUE(store->Create(Record("next")).ok());
  EXPECT_EQ(store->ListUnfinished()->size(), 2U);
}

TEST_F(SqliteJobStoreTest, OnAFullDiskChangesAskForRoomAndNewJobsDoNot) {
  int asked = 0;
  bool freed = false;
  const auto store = MustOpen({.max_pages = 40, .make_room = [&] {
                                 ++asked;
                                 // As a piece of a reserve: the file may grow again.
                                 freed = asked == 2;
                                 return asked <= 3;
                               }});
  ASSERT_TRUE(store->Create(Record("a")).ok());
  EXPECT_EQ(store->Create(Record("huge", 1U << 20)).status().code(),
            StatusCode::kResourceExhausted);
  EXPECT_EQ(asked, 0);
  const auto grow = [&freed](JobRecord& record) {
    record.mutable_job()->mutable_training_input()->clear_args();
    record.mutable_job()->mutable_training_input()->add_args(
        std::string(freed ? 100U : 1U << 20, 'x'));
    return OkStatus();
  };
  const Result<StoredJob> changed = store->Update({"p", "a"}, grow);
  ASSERT_TRUE(changed.ok()) << changed.status().ToString();
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(store->Get({"p", "a"})->version, 2);
}

TEST_F(SqliteJobStoreTest, WithoutMoreRoomAChangeFailsAndTheRecordStays) {
  int asked = 0;
  const auto store = MustOpen({.max_pages = 40, .make_room = [&asked] { return ++asked < 3; }});
  ASSERT_TRUE(store->Create(Record("a")).ok());
  const Status failed = store
                            ->Update({"p", "a"},
                                     [](JobRecord& record) {
                                       record.mutable_job()->mutable_training_input()->add_args(
                                           std::string(1U << 20, 'x'));
                                       return OkStatus();
                                     })
                            .status();
  EXPECT_EQ(failed.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(store->Get({"p", "a"})->version, 1);
}

TEST_F(SqliteJobStoreTest, OnAFullDiskTheNeighboursInATransactionLive) {
  const auto store = MustOpen({.max_pages = 100});
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5; ++i) {
        const std::string id = std::to_string(t) + "-" + std::to_string(i);
        const bool huge = t % 4 == 0;
        const Result<StoredJob> job = store->Create(Record(id, huge ? 1U << 20 : 0));
        EXPECT_EQ(job.ok(), !huge) << job.status().ToString();
        if (!job.ok()) ++failed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 20);
  EXPECT_EQ(store->ListUnfinished()->size(), 60U);
}

TEST_F(SqliteJobStoreTest, AChangeMayReadTheStore) {
  const auto store = MustOpen();
  ASSERT_TRUE(store->Create(Record("a")).ok());
  const auto changed = store->Update({"p", "a"}, [&store](JobRecord& record) {
    record.set_service_entries(static_cast<int>(store->ListUnfinished()->size()));
    return OkStatus();
  });
  EXPECT_EQ(changed->record.service_entries(), 1);
}

}  // namespace
}  // namespace mlengine::store
