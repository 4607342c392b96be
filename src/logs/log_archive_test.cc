#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "logs/checkpoint.h"
#include "logs/file_log_store.h"
#include "logs/index_record.h"
#include "logs/log_check.h"
#include "logs/retired_log.h"

namespace mlengine::logs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const JobRef kJob{"p", "j"};
const StreamRef kOut{};
const StreamRef kErr{.kind = StreamRef::Kind::kStderr};

class LogArchiveTest : public ::testing::Test {
 protected:
  LogArchiveTest() { Reopen(); }

  void Reopen() {
    store_.reset();
    store_ = *FileLogStore::Open({dir_.path(), false}, RealFileSystem(), clock_);
  }
  static void Write(const std::string& path, std::string_view bytes) {
    std::ofstream(path, std::ios::app | std::ios::binary) << bytes;
  }
  // A job with `lines` lines and a traceback.
  void EndedJob(int lines) {
    ASSERT_TRUE(store_->AttachSpools(kJob, {{kOut, out_}, {kErr, err_}}).ok());
    ASSERT_TRUE(store_->AppendService(kJob, 0, {{.message = "Job is queued."}}).ok());
    std::string text;
    for (int i = 0; i < lines; ++i) text += "line " + std::to_string(i) + "\n";
    const std::string trouble =
        "Traceback (most recent call last):\n  File \"t.py\", line 1\nValueError: no\n";
    Write(out_, text);
    Write(err_, trouble);
    ASSERT_TRUE(store_->CloseStream(kJob, kOut, text.size()).ok());
    ASSERT_TRUE(store_->CloseStream(kJob, kErr, trouble.size()).ok());
    ASSERT_TRUE(store_->EndLog(kJob, 1, {{Severity::kError, "Job failed.", "service"}}).ok());
  }
  std::vector<LogEntry> All(LogQuery query = {.limit = 1'000'000, .byte_limit = UINT64_MAX}) {
    return *store_->Query(kJob, query);
  }
  static std::string Told(const std::vector<LogEntry>& entries) {
    std::string out;
    for (const LogEntry& entry : entries) {
      out += std::to_string(entry.stamp_ns) + " " + entry.insert_id + " " + entry.task_name + " " +
             std::to_string(static_cast<int>(entry.severity)) + " " + entry.message + "\n";
    }
    return out;
  }
  std::vector<std::string> Files() {
    return RealFileSystem().List(dir_ / "logs/p/j").value_or(std::vector<std::string>());
  }
  static bool Exists(const std::string& path) { return RealFileSystem().Stat(path).ok(); }

  TempDir dir_;
  FakeClock clock_;
  std::string out_ = dir_ / "stdout-0";
  std::string err_ = dir_ / "stderr-0";
  std::unique_ptr<FileLogStore> store_;
};

TEST_F(LogArchiveTest, EverythingReadsAsBefore) {
  EndedJob(30'000);
  const std::string before = Told(All());
  const std::string raw = *store_->ReadRaw(kJob, kOut, 1000, 50'000);
  const auto archived = store_->Archive(kJob);
  ASSERT_TRUE(archived.ok()) << archived.status().ToString();
  EXPECT_LT(archived->stored, archived->original / 2);
  EXPECT_FALSE(Exists(out_));
  EXPECT_FALSE(Exists(err_));
  EXPECT_THAT(Files(), UnorderedElementsAre("checkpoint", "index.zst", "service", "stream-0.zst",
                                            "stream-1.zst", "streams"));
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(Told(All()), before);
    EXPECT_EQ(*store_->ReadRaw(kJob, kOut, 1000, 50'000), raw);
    EXPECT_TRUE(store_->Ended(kJob));
    const auto last = All({.newest_first = true, .limit = 1});
    ASSERT_EQ(last.size(), 1U);
    EXPECT_EQ(last[0].message, "Job failed.");
    EXPECT_THAT(All({.after_stamp_ns = last[0].stamp_ns}), IsEmpty());
    EXPECT_THAT(store_->Streams(kJob)->size(), 2U);
    Reopen();
  }
  const LogReport report = CheckJobLog(RealFileSystem(), dir_.path(), kJob, false);
  EXPECT_THAT(report.faults, IsEmpty());
  EXPECT_TRUE(report.ended);
  EXPECT_EQ(report.spools.at(err_), 72U);
}

TEST_F(LogArchiveTest, OnlyWhatHasEndedAndOnlyOnce) {
  ASSERT_TRUE(store_->AppendService(kJob, 0, {{.message = "Job is queued."}}).ok());
  EXPECT_EQ(store_->Archive(kJob).status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(store_->Retire(kJob, {.why = "over"}).code(), StatusCode::kFailedPrecondition);
  EndedJob(2000);
  const auto once = store_->Archive(kJob);
  const auto again = store_->Archive(kJob);
  ASSERT_TRUE(once.ok() && again.ok());
  EXPECT_EQ(once->original, again->original);
  EXPECT_EQ(once->stored, again->stored);
}

TEST_F(LogArchiveTest, ACrashBetweenItsStepsIsGoneOnWith) {
  EndedJob(2000);
  const std::string before = Told(All());
  const std::string spool = *RealFileSystem().Read(out_);
  const std::string index = *RealFileSystem().Read(dir_ / "logs/p/j/index");
  ASSERT_TRUE(store_->Archive(kJob).ok());
  // As if the files that were made had not replaced theirs yet.
  Write(out_, spool);
  Write(dir_ / "logs/p/j/index", index);
  Write(dir_ / "logs/p/j/stream-1.zst.new", "half");
  Reopen();
  EXPECT_EQ(Told(All()), before);
  ASSERT_TRUE(store_->Archive(kJob).ok());
  EXPECT_FALSE(Exists(out_));
  EXPECT_EQ(Told(All()), before);
}

TEST_F(LogArchiveTest, ACheckpointIsBelievedOnlyWhereTheIndexAgrees) {
  EndedJob(2000);
  ASSERT_TRUE(store_->Archive(kJob).ok());
  const std::string before = Told(All());
  const std::string path = dir_ / "logs/p/j/checkpoint";
  auto mark = DecodeCheckpoint(*RealFileSystem().Read(path));
  ASSERT_TRUE(mark.has_value());
  EXPECT_TRUE(mark->ended);
  EXPECT_EQ(DecodeCheckpoint(EncodeCheckpoint(*mark)), mark);
  for (int change = 0; change < 3; ++change) {
    Checkpoint wrong = *mark;
    if (change == 0) wrong.last_stamp += 1;
    if (change == 1) wrong.records += 5;
    if (change == 2) wrong.streams.resize(9);
    ASSERT_TRUE(RealFileSystem().WriteAtomic(path, EncodeCheckpoint(wrong)).ok());
    Reopen();
    EXPECT_EQ(Told(All()), before);
    EXPECT_TRUE(store_->Ended(kJob));
  }
  ASSERT_TRUE(RealFileSystem().WriteAtomic(path, "nonsense").ok());
  Reopen();
  EXPECT_EQ(Told(All()), before);
}

TEST_F(LogArchiveTest, WhatIsRetiredSaysWhyAndKeepsTheFailure) {
  EndedJob(2000);
  ASSERT_TRUE(store_->Archive(kJob).ok());
  clock_.Advance(std::chrono::hours(24 * 7));
  int told = 0;
  const std::int64_t watch = store_->Watch(kJob, [&] { ++told; });
  EXPECT_FALSE(store_->Removed(kJob)->has_value());
  ASSERT_TRUE(
      store_->Retire(kJob, {.why = "Kept for 7 days.", .rule = "LOG_DAYS", .limit = 7}).ok());
  EXPECT_EQ(told, 1);
  store_->Unwatch(watch);
  EXPECT_THAT(Files(), ElementsAre("retired"));
  for (int round = 0; round < 2; ++round) {
    const std::vector<LogEntry> left = All();
    ASSERT_EQ(left.size(), 3U);
    EXPECT_THAT(left[0].message, HasSubstr("ValueError: no"));
    EXPECT_EQ(left[0].task_name, "master-replica-0");
    EXPECT_EQ(left[1].message, "Job failed.");
    EXPECT_EQ(left[2].message, "Kept for 7 days.");
    EXPECT_EQ(left[2].stamp_ns, ToUnixNanos(clock_.Now()));
    EXPECT_TRUE(store_->Ended(kJob));
    const RemovedLog removed = (*store_->Removed(kJob)).value_or(RemovedLog());
    EXPECT_EQ(removed.time, clock_.Now());
    EXPECT_EQ(removed.why, "Kept for 7 days.");
    EXPECT_EQ(removed.rule, "LOG_DAYS");
    EXPECT_EQ(removed.limit, 7);
    EXPECT_TRUE(removed.has_failure);
    EXPECT_EQ(All({.newest_first = true, .limit = 1})[0].message, "Kept for 7 days.");
    EXPECT_THAT(All({.task_names = {"master-replica-0"}}).size(), 1U);
    EXPECT_THAT(All({.after_stamp_ns = left[1].stamp_ns, .least = Severity::kError}), IsEmpty());
    EXPECT_EQ(store_->ReadRaw(kJob, kOut, 0, 10).status().code(), StatusCode::kNotFound);
    EXPECT_THAT(*store_->Streams(kJob), IsEmpty());
    EXPECT_TRUE(store_->Retire(kJob, {.why = "again"}).ok());
    EXPECT_EQ(store_->EndLog(kJob, 5, {{.message = "late"}}).status().code(), StatusCode::kOk);
    Reopen();
  }
  EXPECT_THAT(CheckJobLog(RealFileSystem(), dir_.path(), kJob, false).faults, IsEmpty());
}

TEST_F(LogArchiveTest, ASmallLogStaysAsItIs) {
  EndedJob(10);
  const auto archived = store_->Archive(kJob);
  ASSERT_TRUE(archived.ok());
  EXPECT_EQ(archived->original, archived->stored);
  EXPECT_TRUE(Exists(out_));
  EXPECT_THAT(Files(), UnorderedElementsAre("index", "service", "streams"));
}

TEST_F(LogArchiveTest, ALogWithoutAFailureLeavesOneSentence) {
  EndedJob(5);
  ASSERT_TRUE(store_->Retire(kJob, {.why = "gone", .keep_failure = false}).ok());
  ASSERT_EQ(All().size(), 1U);
  EXPECT_FALSE(Exists(out_));
}

TEST_F(LogArchiveTest, ATextIsFoundInSpoolsAndSegments) {
  EndedJob(30'000);
  const auto find = [&](const std::string& text, bool newest_first = false) {
    LogQuery query{.newest_first = newest_first, .limit = 1'000'000, .byte_limit = UINT64_MAX};
    const auto scan = store_->Scan(kJob, query, {.contains = text});
    EXPECT_TRUE(scan.ok() && scan->end);
    std::vector<std::string> messages;
    for (const LogEntry& entry : scan->entries) messages.push_back(entry.message);
    return messages;
  };
  for (int round = 0; round < 2; ++round) {
    SCOPED_TRACE(round);
    EXPECT_THAT(find("line 29999"), ElementsAre("line 29999"));
    EXPECT_THAT(find("line 0", true), ElementsAre("line 0"));
    EXPECT_THAT(find("valueerror: no").size(), 1U);
    EXPECT_THAT(find("job failed"), ElementsAre("Job failed."));
    EXPECT_THAT(find("completely absent"), IsEmpty());
    EXPECT_THAT(find("completely absent", true), IsEmpty());
    ASSERT_TRUE(store_->Archive(kJob).ok());
  }
}

TEST_F(LogArchiveTest, ASearchOfBoundedWorkGoesOn) {
  EndedJob(60'000);
  LogQuery query{.byte_limit = 200'000};
  int calls = 0;
  std::vector<LogEntry> found;
  while (++calls < 100) {
    const auto scan = store_->Scan(kJob, query, {.contains = "line 59999"});
    ASSERT_TRUE(scan.ok());
    found.insert(found.end(), scan->entries.begin(), scan->entries.end());
    if (scan->end) break;
    ASSERT_TRUE(scan->reached && *scan->reached > query.after_stamp_ns);
    query.after_stamp_ns = *scan->reached;
  }
  EXPECT_GT(calls, 2);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].message, "line 59999");
}

TEST_F(LogArchiveTest, ATextThatJsonWritesOtherwiseIsNotMissed) {
  const std::string line = "{\"message\":\"caf\\u0065\"}\n";
  Write(out_, line);
  ASSERT_TRUE(store_->AttachSpools(kJob, {{kOut, out_}}).ok());
  ASSERT_TRUE(store_->CloseStream(kJob, kOut, line.size()).ok());
  const auto scan = store_->Scan(kJob, {}, {.contains = "cafe"});
  ASSERT_TRUE(scan.ok());
  ASSERT_EQ(scan->entries.size(), 1U);
  EXPECT_EQ(scan->entries[0].message, "cafe");
}

TEST_F(LogArchiveTest, NewestFirstReadsTheSameText) {
  EndedJob(30'000);
  std::vector<LogEntry> forwards = All();
  std::vector<LogEntry> backwards =
      All({.newest_first = true, .limit = 1'000'000, .byte_limit = UINT64_MAX});
  std::ranges::reverse(backwards);
  EXPECT_EQ(Told(forwards), Told(backwards));
}

TEST_F(LogArchiveTest, ARetiredFileThatIsBrokenIsNamed) {
  EndedJob(5);
  ASSERT_TRUE(store_->Retire(kJob, {.why = "gone"}).ok());
  for (const char* text : {"{", "{}\n", "{\"version\":1}\n{\"stamp\":1}\n", "[1]\n"}) {
    ASSERT_TRUE(RealFileSystem().WriteAtomic(dir_ / "logs/p/j/retired", text).ok());
    Reopen();
    const auto read = store_->Query(kJob, {});
    EXPECT_EQ(read.status().code(), StatusCode::kDataLoss) << text;
    EXPECT_THAT(read.status().message(), HasSubstr("retired"));
  }
  ASSERT_TRUE(RealFileSystem().WriteAtomic(dir_ / "logs/p/j/retired", "{\"version\":2}\n").ok());
  Reopen();
  EXPECT_EQ(store_->Query(kJob, {}).status().code(), StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace mlengine::logs
