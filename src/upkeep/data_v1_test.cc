// testdata/data-v1 is the data folder of a server of November 2026, before schema 2 of the store:
// every format in it is read for ever.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "base/file_system.h"
#include "base/testing/fake_clock.h"
#include "base/testing/source_tree.h"
#include "base/testing/temp_dir.h"
#include "logs/file_log_store.h"
#include "mlengine/runner/v1/launch_spec.pb.h"
#include "mlengine/runner/v1/status_record.pb.h"
#include "upkeep/backup.h"
#include "upkeep/check.h"
#include "upkeep/tree_copy.h"

namespace mlengine::upkeep {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

class DataV1Test : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(CopyTree(SourceTree() + "/src/upkeep/testdata/data-v1", data_).ok());
  }
  template <typename Message>
  Message Read(const std::string& job, const std::string& name) {
    const std::string path = data_ + "/jobs/default/" + job + "/attempt-1/master-0/" + name;
    Message message;
    google::protobuf::util::JsonParseOptions lenient;
    lenient.ignore_unknown_fields = true;
    const auto read = google::protobuf::util::JsonStringToMessage(
        RealFileSystem().Read(path).value_or(""), &message, lenient);
    EXPECT_TRUE(read.ok()) << path;
    return message;
  }

  TempDir dir_;
  const std::string data_ = dir_ / "data";
  FakeClock clock_;
};

TEST_F(DataV1Test, IsWholeByTheCheck) {
  const Result<CheckReport> report = CheckDataFolder({.data_folder = data_});
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  for (const Finding& finding : report->findings)
    ADD_FAILURE() << finding.where << ": " << finding.what;
  EXPECT_EQ(report->jobs, 3);
  EXPECT_EQ(report->log_entries, 50U);
}

TEST_F(DataV1Test, ItsLogsAreRead) {
  const auto logs = *logs::FileLogStore::Open({data_, false}, RealFileSystem(), clock_);
  const auto entries = logs->Query({"default", "old_done"}, {.task_names = {"master-replica-0"}});
  ASSERT_TRUE(entries.ok()) << entries.status().ToString();
  std::vector<std::string> messages;
  for (const logs::LogEntry& entry : *entries) messages.push_back(entry.message);
  EXPECT_THAT(messages, Contains("hello from before"));
  EXPECT_THAT(messages, Contains("a warning"));
  EXPECT_TRUE(logs->Ended({"default", "old_done"}));
  EXPECT_EQ(logs->ReadRaw({"default", "old_done"}, {}, 0, 100).value_or(""), "hello from before\n");
}

TEST_F(DataV1Test, ItsStatusRecordsAndLaunchSpecsAreRead) {
  using runner::v1::StatusRecord;
  const auto failed = Read<StatusRecord>("old_failed", "status-0.json");
  EXPECT_EQ(failed.version(), 1);
  EXPECT_EQ(failed.step(), StatusRecord::EXITED);
  EXPECT_EQ(failed.exit().exit_code(), 3);
  EXPECT_EQ(failed.exit().stdout_bytes(), 11);
  EXPECT_TRUE(Read<StatusRecord>("old_stopped", "status-0.json").exit().stop_requested());
  const auto spec = Read<runner::v1::LaunchSpec>("old_done", "launch-spec.json");
  EXPECT_EQ(spec.version(), 1);
  EXPECT_EQ(spec.job_id(), "old_done");
  EXPECT_EQ(spec.python_module(), "trainer.task");
  EXPECT_EQ(spec.packages(0).size(), 388);
  EXPECT_EQ(spec.environment().at("CLOUD_ML_JOB_ID"), "old_done");
}

TEST(BackupV1Test, ItsManifestIsRead) {
  const TempDir dir;
  ASSERT_TRUE(
      RealFileSystem()
          .WriteAtomic(dir / "backup.json",
                       *RealFileSystem().Read(SourceTree() + "/src/upkeep/testdata/backup-v1.json"))
          .ok());
  const Result<BackupManifest> manifest = ReadManifest(dir.path());
  ASSERT_TRUE(manifest.ok()) << manifest.status().ToString();
  EXPECT_EQ(manifest->version, 1);
  EXPECT_EQ(manifest->created, "2026-11-24T17:30:00Z");
  EXPECT_EQ(manifest->jobs, 3);
  EXPECT_TRUE(manifest->with_buckets);
  EXPECT_THAT(manifest->shortened, ElementsAre("jobs/p/j/attempt-1/master-0/stdout-0"));
}

}  // namespace
}  // namespace mlengine::upkeep
