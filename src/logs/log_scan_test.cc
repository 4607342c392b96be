// LogStore::Scan: the same entries as Query, in pieces.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <optional>

#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "logs/file_log_store.h"

namespace mlengine::logs {
namespace {

class LogScanTest : public ::testing::Test {
 protected:
  LogScanTest() {
    store_ = *FileLogStore::Open({dir_.path(), false}, RealFileSystem(), clock_);
    EXPECT_TRUE(store_
                    ->AttachSpools(kJob, {{Stream(0), dir_ / "out"},
                                          {Stream(1), dir_ / "err"},
                                          {Stream(2), dir_ / "other"}})
                    .ok());
  }
  static StreamRef Stream(int number) {
    StreamRef stream;
    if (number == 1) stream.kind = StreamRef::Kind::kStderr;
    if (number == 2) stream.role = "worker";
    return stream;
  }
  void Write(const char* file, const std::string& bytes) {
    std::ofstream(dir_ / file, std::ios::app) << bytes;
    store_->PumpAll();
  }
  std::vector<std::string> Scanned(LogQuery query, const ScanHints& hints, int* pieces = nullptr) {
    std::vector<std::string> texts;
    for (int i = 0; i < 10'000; ++i) {
      const Result<LogScan> scan = store_->Scan(kJob, query, hints);
      EXPECT_TRUE(scan.ok()) << scan.status().ToString();
      for (const LogEntry& entry : scan->entries) texts.push_back(entry.message);
      if (pieces != nullptr) *pieces = i + 1;
      if (scan->end) return texts;
      if (!scan->reached) break;
      (query.newest_first ? query.before_stamp_ns : query.after_stamp_ns) = *scan->reached;
    }
    ADD_FAILURE() << "it does not end";
    return texts;
  }

  const JobRef kJob{"p", "j"};
  TempDir dir_;
  FakeClock clock_;
  std::unique_ptr<FileLogStore> store_;
};

TEST_F(LogScanTest, GivesInPiecesWhatQueryGives) {
  for (int i = 0; i < 300; ++i) {
    Write(i % 3 == 0 ? "out" : (i % 3 == 1 ? "err" : "other"), "line " + std::to_string(i) + "\n");
  }
  for (const bool newest_first : {false, true}) {
    LogQuery query;
    query.newest_first = newest_first;
    std::vector<std::string> all;
    const Result<std::vector<LogEntry>> entries = store_->Query(kJob, query);
    ASSERT_TRUE(entries.ok());
    for (const LogEntry& entry : *entries) all.push_back(entry.message);
    ASSERT_EQ(all.size(), 300U);
    ScanHints hints;
    for (const std::uint64_t records : {1U, 7U, 100U, 1000U}) {
      hints.records = records;
      int pieces = 0;
      EXPECT_EQ(Scanned(query, hints, &pieces), all) << records;
      EXPECT_EQ(pieces, (300 + static_cast<int>(records) - 1) / static_cast<int>(records));
    }
    query.byte_limit = 50;
    EXPECT_EQ(Scanned(query, {}), all);
    query.task_names = {"worker-replica-0"};
    EXPECT_EQ(Scanned(query, {}).size(), 100U);
  }
}

TEST_F(LogScanTest, LeavesOutOnlyWhatCannotHoldTheText) {
  Write("out", "has a Needle\nnothing\n{\"message\":\"n\\u0065edle\"}\n{\"message\":\"none\"}\n");
  Write("err", std::string(600'000, 'x') + "\nNEEDLE again\n");
  ASSERT_TRUE(store_->AppendService(kJob, 0, {{Severity::kInfo, "needle too", "service"}}).ok());
  ScanHints hints;
  hints.contains = "needle";
  for (const bool newest_first : {false, true}) {
    LogQuery query;
    query.newest_first = newest_first;
    std::vector<std::string> found = Scanned(query, hints);
    if (newest_first) std::reverse(found.begin(), found.end());
    EXPECT_EQ(found,
              (std::vector<std::string>{"has a Needle", "needle", "NEEDLE again", "needle too"}));
  }
}

}  // namespace
}  // namespace mlengine::logs
