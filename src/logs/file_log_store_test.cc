#include "logs/file_log_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <fstream>
#include <mutex>
#include <random>

#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "logs/index_record.h"

namespace mlengine::logs {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const JobRef kJob{"p", "j"};
const StreamRef kOut{};

class FileLogStoreTest : public ::testing::Test {
 protected:
  FileLogStoreTest() { Reopen(); }

  void Reopen(bool thread = false) {
    store_.reset();
    store_ = *FileLogStore::Open({dir_.path(), thread}, RealFileSystem(), clock_);
  }
  void Write(std::string_view bytes) {
    std::ofstream(spool_, std::ios::app | std::ios::binary) << bytes;
  }
  std::vector<LogEntry> All(LogQuery query = {}) { return *store_->Query(kJob, query); }
  std::vector<std::string> Messages(LogQuery query = {}) {
    std::vector<std::string> messages;
    for (const LogEntry& entry : All(query)) messages.push_back(entry.message);
    return messages;
  }
  std::string index() const { return dir_ / "logs/p/j/index"; }

  TempDir dir_;
  FakeClock clock_;
  std::string spool_ = dir_ / "spool";
  std::unique_ptr<FileLogStore> store_;
};

TEST_F(FileLogStoreTest, AnUnknownJobHasNothing) {
  EXPECT_THAT(All(), IsEmpty());
  EXPECT_FALSE(store_->Ended(kJob));
  EXPECT_FALSE(RealFileSystem().Stat(dir_ / "logs/p").ok());
  EXPECT_EQ(store_->Query({"..", "j"}, {}).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(FileLogStoreTest, ServiceEntriesAreIdempotentAndSurviveARestart) {
  ASSERT_TRUE(
      store_
          ->AppendService(kJob, 0, {{Severity::kInfo, "Validating job requirements...", "service"}})
          .ok());
  Reopen();
  EXPECT_EQ(*store_->AppendService(
                kJob, 0, {{Severity::kInfo, "Validating job requirements...", "service"}}),
            1);
  EXPECT_EQ(*store_->AppendService(kJob, 1, {{Severity::kError, "two", "service"}}), 2);
  EXPECT_THAT(Messages(), ElementsAre("Validating job requirements...", "two"));
  EXPECT_EQ(All()[1].task_name, "service");
  EXPECT_EQ(All()[1].insert_id, "000000000001");
}

TEST_F(FileLogStoreTest, WhatAnUnstoredStepSaidDoesNotHideWhatAnotherSays) {
  const ServiceEntry queued{Severity::kInfo, "queued", "service"};
  const ServiceEntry runs{Severity::kInfo, "runs", "service"};
  const ServiceEntry cancelled{Severity::kInfo, "cancelled", "service"};
  ASSERT_EQ(*store_->AppendService(kJob, 0, {queued}), 1);
  ASSERT_EQ(*store_->AppendService(kJob, 1, {runs, runs}), 3);
  Reopen();
  // The step that said it runs was not stored; after the restart the job is cancelled instead.
  EXPECT_EQ(*store_->AppendService(kJob, 1, {runs, cancelled}), 4);
  EXPECT_THAT(Messages(), ElementsAre("queued", "runs", "runs", "cancelled"));
  // The same words once more, when they are said anew.
  EXPECT_EQ(*store_->EndLog(kJob, 4, {cancelled}), 5);
  EXPECT_THAT(Messages(), ElementsAre("queued", "runs", "runs", "cancelled", "cancelled"));
}

TEST_F(FileLogStoreTest, AServiceFileThatLacksBytesLosesNothingMore) {
  ASSERT_TRUE(store_->AppendService(kJob, 0, {{Severity::kInfo, "one", "service"}}).ok());
  ASSERT_TRUE(store_->AppendService(kJob, 1, {{Severity::kInfo, "two", "service"}}).ok());
  const std::string service = dir_ / "logs/p/j/service";
  const std::string whole = *RealFileSystem().Read(service);
  for (const std::size_t bytes : {whole.size() - 1, whole.size() / 2, std::size_t{0}}) {
    ASSERT_TRUE(RealFileSystem().WriteAtomic(service, whole.substr(0, bytes)).ok());
    Reopen();
    ASSERT_TRUE(store_->AppendService(kJob, 10, {{Severity::kInfo, "three", "service"}}).ok());
    EXPECT_THAT(Messages(), ElementsAre(bytes == 0 ? "" : "one", "", "three"));
    ASSERT_TRUE(RealFileSystem().Remove(index()).ok());
    ASSERT_TRUE(RealFileSystem().Remove(service).ok());
    Reopen();
    ASSERT_TRUE(store_->AppendService(kJob, 0, {{Severity::kInfo, "one", "service"}}).ok());
    ASSERT_TRUE(store_->AppendService(kJob, 1, {{Severity::kInfo, "two", "service"}}).ok());
  }
}

TEST_F(FileLogStoreTest, TheServiceMaySpeakForAReplica) {
  ASSERT_TRUE(store_->AppendService(kJob, 0, {{Severity::kError, "exit 1", "ps-replica-1"}}).ok());
  ASSERT_TRUE(store_->AppendService(kJob, 1, {{Severity::kInfo, "x", "service"}}).ok());
  EXPECT_THAT(Messages({.task_names = {"ps-replica-1"}}), ElementsAre("exit 1"));
  EXPECT_THAT(Messages({.task_names = {"service"}}), ElementsAre("x"));
  EXPECT_FALSE(store_->AppendService(kJob, 2, {{Severity::kInfo, "x", "a\nb"}}).ok());
}

TEST_F(FileLogStoreTest, StampsGrowWhileTheClockStandsOrGoesBack) {
  ASSERT_TRUE(store_->AttachSpools(kJob, {{kOut, spool_}}).ok());
  Write("a\nb\n");
  store_->PumpAll();
  clock_.Advance(-std::chrono::hours(1));
  Reopen();
  ASSERT_TRUE(store_->AppendService(kJob, 0, {{Severity::kInfo, "c", "service"}}).ok());
  const std::vector<LogEntry> entries = All();
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[1].stamp_ns, entries[0].stamp_ns + 1);
  EXPECT_EQ(entries[2].stamp_ns, entries[1].stamp_ns + 1);
}

TEST_F(FileLogStoreTest, AReopenedStoreGoesOnWhereItWas) {
  ASSERT_TRUE(store_->AttachSpools(kJob, {{kOut, spool_}}).ok());
  Write("one\ntwo\nthr");
  store_->PumpAll();
  const std::int64_t stamp = All()[1].stamp_ns;
  Reopen();
  Write("ee\n");
  ASSERT_TRUE(store_->AttachSpools(kJob, {{kOut, spool_}}).ok());
  store_->PumpAll();
  EXPECT_THAT(Messages(), ElementsAre("one", "two", "three"));
  EXPECT_EQ(All()[1].stamp_ns, stamp);
}

TEST_F(FileLogStoreTest, ATornIndexRecordIsCut) {
  ASSERT_TRUE(store_->AttachSpools(kJob, {{kOut, spool_}}).ok());
  Write("one\ntwo\n");
  store_->PumpAll();
  store_.reset();
  const std::uint64_t size = RealFileSystem().Stat(index())->size;
  ASSERT_TRUE(RealFileSystem().OpenAppend(index(), size - 5).ok());
  Reopen();
  EXPECT_THAT(Messages(), ElementsAre("one"));
  ASSERT_TRUE(store_->AttachSpools(kJob, {{kOut, spool_}}).ok());
  store_->PumpAll();
  EXPECT_THAT(Messages(), ElementsAre("one", "two"));
  EXPECT_EQ(RealFileSystem().Stat(index())->size, size);
}

TEST_F(FileLogStoreTest, AStampThatDoesNotGrowEndsWhatIsGood) {
  ASSERT_TRUE(store_->AppendService(kJob, 0, {{Severity::kInfo, "one", "service"}}).ok());
  const std::string bytes = *RealFileSystem().Read(index());
  // The same record twice.
  ASSERT_TRUE(
      RealFileSystem().WriteAtomic(index(), bytes + bytes.substr(IndexRecord::kHeaderBytes)).ok());
  Reopen();
  EXPECT_THAT(Messages(), ElementsAre("one"));
  ASSERT_TRUE(store_->AppendService(kJob, 1, {{Severity::kInfo, "two", "service"}}).ok());
  EXPECT_THAT(Messages({.newest_first = true}), ElementsAre("two", "one"));
}

TEST_F(FileLogStoreTest, CloseTakesTheUnfinishedLineAndWaitsForTheRest) {
  ASSERT_TRUE(store_->AttachSpools(kJob, {{kOut, spool_}}).ok());
  Write("one\nlast");
  EXPECT_EQ(store_->CloseStream(kJob, kOut, 9).code(), StatusCode::kUnavailable);
  EXPECT_THAT(Messages(), ElementsAre("one"));
  ASSERT_TRUE(store_->CloseStream(kJob, kOut, 8).ok());
  ASSERT_TRUE(store_->CloseStream(kJob, kOut, 8).ok());
  Write("later\n");  // behind the end: not the stream's any more
  store_->PumpAll();
  EXPECT_THAT(Messages(), ElementsAre("one", "last"));
  EXPECT_EQ(*store_->ReadRaw(kJob, kOut, 4, 100), "last");
  EXPECT_EQ(store_->CloseStream(kJob, {2}, 0).code(), StatusCode::kNotFound);
}

// What a program puts in its spool's place is cut into no entry; what its runner puts back is.
TEST_F(FileLogStoreTest, AnotherFileOfTheSpoolsNameIsReadOnlyAtTheEnd) {
  ASSERT_TRUE(store_->AttachSpools(kJob, {{kOut, spool_}}).ok());
  Write("one\nunfin");
  store_->PumpAll();
  const std::ifstream runner(spool_);  // it holds the file, so its inode is not given out again
  const auto replace = [&](std::string_view bytes) {
    std::ofstream(spool_ + ".beside", std::ios::binary) << bytes;
    ASSERT_TRUE(RealFileSystem().Rename(spool_ + ".beside", spool_).ok());
  };
  replace("f\nf\nforged\nforged\nforged\n");
  store_->PumpAll();
  EXPECT_EQ(All().size(), 1U);
  EXPECT_EQ(*store_->ReadRaw(kJob, kOut, 0, 100), "");
  replace("one\nunfinished\nthree\n");
  store_->PumpAll();
  EXPECT_EQ(All().size(), 1U);
  ASSERT_TRUE(store_->CloseStream(kJob, kOut, 21).ok());
  EXPECT_THAT(Messages(), ElementsAre("one", "unfinished", "three"));
  EXPECT_EQ(*store_->ReadRaw(kJob, kOut, 0, 100), "one\nunfinished\nthree\n");
}

// The runner knows its file; a server that comes later, or is started anew, may see another one.
TEST_F(FileLogStoreTest, TheSpoolThatTheRunnerToldOfIsReadAndNoOther) {
  Write("forged\n");
  const std::uint64_t other = RealFileSystem().Stat(spool_)->inode + 1;
  ASSERT_TRUE(store_->AttachSpools(kJob, {{kOut, spool_, other}}).ok());
  store_->PumpAll();
  EXPECT_THAT(Messages(), IsEmpty());
  Reopen();
  ASSERT_TRUE(store_->AttachSpools(kJob, {{kOut, spool_, other}}).ok());
  store_->PumpAll();
  EXPECT_THAT(Messages(), IsEmpty());
  ASSERT_TRUE(store_->CloseStream(kJob, kOut, 7).ok());
  EXPECT_THAT(Messages(), ElementsAre("forged"));
}

TEST_F(FileLogStoreTest, TheEndIsDurableAndFinal) {
  ASSERT_TRUE(store_->EndLog(kJob, 0, {}).ok());
  Reopen();
  EXPECT_TRUE(store_->Ended(kJob));
  EXPECT_THAT(All(), IsEmpty());
  EXPECT_EQ(store_->AppendService(kJob, 0, {{Severity::kInfo, "x", "service"}}).status().code(),
            StatusCode::kFailedPrecondition);
  EXPECT_EQ(store_->AttachSpools(kJob, {{kOut, spool_}}).code(), StatusCode::kFailedPrecondition);
}

TEST_F(FileLogStoreTest, QueriesBothWaysByTaskSeverityAndStamp) {
  ASSERT_TRUE(store_->AppendService(kJob, 0, {{Severity::kInfo, "s", "service"}}).ok());
  ASSERT_TRUE(store_->AttachSpools(kJob, {{kOut, spool_}}).ok());
  Write("a\nERROR:x:b\nc\n");
  store_->PumpAll();
  const std::int64_t first = All()[0].stamp_ns;
  EXPECT_THAT(Messages({.newest_first = true, .limit = 2}), ElementsAre("c", "ERROR:x:b"));
  EXPECT_THAT(Messages({.task_names = {"service"}}), ElementsAre("s"));
  EXPECT_THAT(Messages({.least = Severity::kError}), ElementsAre("ERROR:x:b"));
  EXPECT_THAT(Messages({.after_stamp_ns = first, .limit = 1}), ElementsAre("a"));
  EXPECT_THAT(Messages({.after_stamp_ns = first, .inclusive = true, .limit = 1}), ElementsAre("s"));
  EXPECT_THAT(Messages({.before_stamp_ns = first + 2, .newest_first = true}),
              ElementsAre("a", "s"));
  EXPECT_THAT(Messages({.byte_limit = 1}), ElementsAre("s"));
}

TEST_F(FileLogStoreTest, AMovedDataFolderWorks) {
  ASSERT_TRUE(store_->AttachSpools(kJob, {{kOut, spool_}}).ok());
  Write("one\n");
  store_->PumpAll();
  store_.reset();
  TempDir other;
  const std::string moved = other / "data";
  ASSERT_TRUE(RealFileSystem().Rename(dir_.path(), moved).ok());
  store_ = *FileLogStore::Open({moved, false}, RealFileSystem(), clock_);
  EXPECT_THAT(Messages(), ElementsAre("one"));
}

TEST_F(FileLogStoreTest, BytesLoggedAreBytesWritten) {
  std::mt19937 random(11);
  std::string written;
  ASSERT_TRUE(store_->AttachSpools(kJob, {{kOut, spool_}}).ok());
  for (int i = 0; i < 50; ++i) {
    std::string piece;
    for (unsigned n = random() % 3000; n > 0; --n)
      piece += static_cast<char>(random() % 16 == 0 ? '\n' : random());
    Write(piece);
    written += piece;
    store_->PumpAll();
    if (i == 25) {
      Reopen();
      ASSERT_TRUE(store_->AttachSpools(kJob, {{kOut, spool_}}).ok());
    }
  }
  ASSERT_TRUE(store_->CloseStream(kJob, kOut, written.size()).ok());
  std::string read;
  std::int64_t stamp = -1;
  for (const LogEntry& entry : All({.limit = 1'000'000})) {
    ASSERT_EQ(entry.raw_offset, read.size());
    ASSERT_GT(entry.stamp_ns, stamp);
    stamp = entry.stamp_ns;
    read += *store_->ReadRaw(kJob, kOut, entry.raw_offset, entry.raw_length);
  }
  EXPECT_EQ(read, written);
}

TEST_F(FileLogStoreTest, TheThreadTailsAndTellsWatchers) {
  Reopen(true);
  std::mutex mutex;
  std::condition_variable changed;
  int calls = 0;
  const std::int64_t id = store_->Watch(kJob, [&] {
    const std::lock_guard lock(mutex);
    ++calls;
    changed.notify_all();
  });
  ASSERT_TRUE(store_->AttachSpools(kJob, {{kOut, spool_}}).ok());
  Write("one\n");
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, std::chrono::seconds(10), [&] { return calls >= 1; }));
  }
  Write("two\n");
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, std::chrono::seconds(10), [&] { return calls >= 2; }));
  }
  EXPECT_THAT(Messages(), ElementsAre("one", "two"));
  store_->Unwatch(id);
  const int before = calls;
  ASSERT_TRUE(store_->EndLog(kJob, 0, {}).ok());
  EXPECT_EQ(calls, before);
}

TEST(IndexRecordTest, ABrokenByteIsSeen) {
  IndexRecord record;
  record.stamp_ns = 1'514'862'245'000'000'001;
  record.offset = 7;
  record.length = 9;
  record.severity = 500;
  std::string bytes;
  EncodeRecord(record, bytes);
  ASSERT_EQ(bytes.size(), IndexRecord::kBytes);
  EXPECT_EQ(DecodeRecord(bytes), record);
  bytes[9] = static_cast<char>(bytes[9] ^ 1);
  EXPECT_FALSE(DecodeRecord(bytes));
}

}  // namespace
}  // namespace mlengine::logs
