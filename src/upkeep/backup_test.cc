#include "upkeep/backup.h"

#include <gmock/gmock.h>

#include "upkeep/check.h"
#include "upkeep/testing/data_fixture.h"

namespace mlengine::upkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class BackupTest : public DataFixture {
 protected:
  BackupOptions Options() {
    return {.data_folder = data_,
            .target = dir_ / "backup",
            .with_buckets = true,
            .program = "mlengine 9.9"};
  }
  std::vector<std::string> Files(const std::string& folder) {
    return RealFileSystem().List(folder).value_or(std::vector<std::string>{"(missing)"});
  }
  std::string InBackup(const std::string& name) {
    return RealFileSystem().Read(JoinPath(dir_ / "backup", name)).value_or("(missing)");
  }
};

TEST_F(BackupTest, WhatIsRestoredIsWhatWasThere) {
  const Result<BackupReport> backup = MakeBackup(Options(), clock_);  // the stores are open
  ASSERT_TRUE(backup.ok()) << backup.status().ToString();
  EXPECT_EQ(backup->jobs, 3);
  EXPECT_EQ(backup->unfinished, 2);
  EXPECT_EQ(backup->objects, 2U);
  CloseStores();
  const std::string to = dir_ / "restored";
  const Result<BackupManifest> restored = RestoreBackup(dir_ / "backup", to);
  ASSERT_TRUE(restored.ok()) << restored.status().ToString();
  EXPECT_EQ(restored->program, "mlengine 9.9");

  const auto store = *store::OpenSqliteJobStore(JoinPath(to, "state.db"));
  EXPECT_EQ(store->Get({"p", "done"})->record.job().state(), Job::SUCCEEDED);
  EXPECT_EQ(store->ListUnfinished()->size(), 2U);
  const auto logs = *logs::FileLogStore::Open({to, false}, RealFileSystem(), clock_);
  const auto entries = logs->Query({"p", "done"}, {});
  ASSERT_TRUE(entries.ok());
  ASSERT_EQ(entries->size(), 4U);
  EXPECT_EQ((*entries)[1].message, "hello");
  const auto objects = *objects::OpenFileObjectStore(JoinPath(to, "buckets"), clock_);
  const auto before = *objects::OpenFileObjectStore(Path("buckets"), clock_);
  for (const char* name : {"a", "a/trainer.tar.gz"}) {
    const auto object = objects->Get("pkgs", name);
    ASSERT_TRUE(object.ok()) << object.status().ToString();
    EXPECT_EQ(object->generation, before->Get("pkgs", name)->generation);
    EXPECT_EQ(object->crc32c, before->Get("pkgs", name)->crc32c);
    EXPECT_EQ(object->metadata.content_type, "text/plain");
  }
  EXPECT_EQ(objects->GetBucket("pkgs")->project, "p");
  const auto checked = CheckDataFolder({.data_folder = to, .digests = true});
  ASSERT_TRUE(checked.ok());
  for (const Finding& finding : checked->findings) ADD_FAILURE() << finding.where << finding.what;
}

TEST_F(BackupTest, FilesOfModelsComeAlong) {
  const std::string name = "models/p/m/v1-7/model/saved_model.pb";
  ASSERT_TRUE(RealFileSystem().MakeDirectories(ParentPath(Path(name))).ok());
  ASSERT_TRUE(RealFileSystem().WriteAtomic(Path(name), "the model").ok());
  ASSERT_TRUE(MakeBackup(Options(), clock_).ok());
  EXPECT_EQ(InBackup(name), "the model");
  const std::string to = dir_ / "restored";
  ASSERT_TRUE(RestoreBackup(dir_ / "backup", to).ok());
  EXPECT_EQ(*RealFileSystem().Read(JoinPath(to, name)), "the model");
}

TEST_F(BackupTest, ALogThatGrowsMeanwhileIsCutToWhatItsIndexKnows) {
  const std::string known = Read("logs/p/live/service");
  ASSERT_FALSE(known.empty());
  // As it is when a line comes between the copy of the index and that of the file.
  Append("logs/p/live/service", "a line that came later");
  ASSERT_TRUE(MakeBackup(Options(), clock_).ok());
  EXPECT_EQ(InBackup("logs/p/live/service"), known);
}

TEST_F(BackupTest, ArchivedAndRetiredLogsComeAlong) {
  std::string output;
  for (int i = 0; i < 5000; ++i) output += "step " + std::to_string(i) + "\n";
  MakeJob("long", Job::SUCCEEDED, output);
  ASSERT_TRUE(logs_->Archive({"p", "long"}).ok());
  ASSERT_TRUE(logs_->Retire({"p", "done"}, {.why = "kept long enough"}).ok());
  const Result<BackupReport> backup = MakeBackup(Options(), clock_);
  ASSERT_TRUE(backup.ok()) << backup.status().ToString();
  CloseStores();
  const std::string to = dir_ / "restored";
  ASSERT_TRUE(RestoreBackup(dir_ / "backup", to).ok());
  const auto logs = *logs::FileLogStore::Open({to, false}, RealFileSystem(), clock_);
  EXPECT_EQ(*logs->ReadRaw({"p", "long"}, {}, 0, 1 << 20), output);
  EXPECT_EQ(logs->Query({"p", "long"}, {.after_stamp_ns = -1, .limit = 10'000})->size(), 5002U);
  EXPECT_EQ((*logs->Query({"p", "done"}, {}))[0].message, "kept long enough");
}

TEST_F(BackupTest, OneFileHoldsTheSame) {
  BackupOptions options = Options();
  options.target = dir_ / "backup.tar";
  const Result<BackupReport> backup = MakeBackup(options, clock_);
  ASSERT_TRUE(backup.ok()) << backup.status().ToString();
  EXPECT_THAT(Files(dir_.path()), ElementsAre("backup.tar", "data"));
  EXPECT_EQ(MakeBackup(options, clock_).status().code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(RestoreBackup(dir_ / "backup.tar", data_).status().code(),
            StatusCode::kFailedPrecondition);
  const auto restored = RestoreBackup(dir_ / "backup.tar", dir_ / "restored");
  ASSERT_TRUE(restored.ok()) << restored.status().ToString();
  EXPECT_THAT(Files(dir_.path()), ElementsAre("backup.tar", "data", "restored"));
  const auto checked = CheckDataFolder({.data_folder = dir_ / "restored", .digests = true});
  ASSERT_TRUE(checked.ok());
  EXPECT_THAT(checked->findings, IsEmpty());
  EXPECT_EQ(checked->jobs, 3);
  const auto objects = *objects::OpenFileObjectStore(dir_ / "restored/buckets", clock_);
  EXPECT_EQ(objects->Get("pkgs", "a")->generation, objects_->Get("pkgs", "a")->generation);
  EXPECT_EQ(objects->Get("pkgs", "a")->metadata.content_type, "text/plain");
}

TEST_F(BackupTest, AFileThatIsNoBackupLeavesNothing) {
  ASSERT_TRUE(RealFileSystem().WriteAtomic(dir_ / "x.tar", "no tar").ok());
  EXPECT_FALSE(RestoreBackup(dir_ / "x.tar", dir_ / "restored").ok());
  EXPECT_EQ(RestoreBackup(dir_ / "none.tar", dir_ / "restored").status().code(),
            StatusCode::kNotFound);
  EXPECT_THAT(Files(dir_.path()), ElementsAre("data", "x.tar"));
}

TEST_F(BackupTest, ProgramsFoldersAndTheSpecsOfRunningReplicasStayAway) {
  ASSERT_TRUE(MakeBackup(Options(), clock_).ok());
  EXPECT_THAT(Files(JoinPath(dir_ / "backup", Replica("done"))),
              ElementsAre("launch-spec.json", "lease-0", "runner-0.lock", "status-0.json",
                          "stderr-0", "stdout-0"));
  EXPECT_THAT(Files(JoinPath(dir_ / "backup", Replica("live"))),
              ElementsAre("lease-0", "runner-0.lock", "status-0.json", "stderr-0", "stdout-0"));
}

TEST_F(BackupTest, ALongSpoolIsShortenedAndSaysSo) {
  BackupOptions options = Options();
  options.spool_bytes = 6;
  const Result<BackupReport> backup = MakeBackup(options, clock_);
  ASSERT_TRUE(backup.ok());
  EXPECT_THAT(backup->shortened, ElementsAre(Replica("done") + "/stdout-0"));
  EXPECT_EQ(InBackup(Replica("done") + "/stdout-0"), "hello\n");
  const auto restored = RestoreBackup(dir_ / "backup", dir_ / "restored");
  ASSERT_TRUE(restored.ok());
  EXPECT_THAT(CheckDataFolder({.data_folder = dir_ / "restored"})->findings, IsEmpty());
}

TEST_F(BackupTest, WithoutBucketsOnlyTheirObjectsAreMissing) {
  BackupOptions options = Options();
  options.with_buckets = false;
  ASSERT_TRUE(MakeBackup(options, clock_).ok());
  ASSERT_TRUE(RestoreBackup(dir_ / "backup", dir_ / "restored").ok());
  const auto report = CheckDataFolder({.data_folder = dir_ / "restored"});
  ASSERT_EQ(report->findings.size(), 1U);
  EXPECT_THAT(report->findings[0].what, HasSubstr("gs://pkgs/a/trainer.tar.gz"));
}

TEST_F(BackupTest, AFullFolderIsNeverWrittenTo) {
  ASSERT_TRUE(MakeBackup(Options(), clock_).ok());
  const std::string before = InBackup("backup.json");
  EXPECT_EQ(MakeBackup(Options(), clock_).status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(RestoreBackup(dir_ / "backup", data_).status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(InBackup("backup.json"), before);
  BackupOptions inside = Options();
  inside.target = Path("backups/1");
  EXPECT_EQ(MakeBackup(inside, clock_).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(BackupTest, AFailureLeavesNothing) {
  CloseStores();
  Write("state.db", "no database at all, but long enough to be looked at as if it were one");
  EXPECT_FALSE(MakeBackup(Options(), clock_).ok());
  EXPECT_THAT(Files(dir_.path()), ElementsAre("data"));
}

TEST_F(BackupTest, WhatIsNoBackupOrOfANewerProgramIsRefusedInWords) {
  EXPECT_THAT(RestoreBackup(data_, dir_ / "restored").status().message(),
              HasSubstr("is no backup"));
  ASSERT_TRUE(MakeBackup(Options(), clock_).ok());
  ASSERT_TRUE(
      RealFileSystem()
          .WriteAtomic(dir_ / "backup/backup.json", R"({"version": 2, "program": "mlengine 10.0"})")
          .ok());
  const Status newer = RestoreBackup(dir_ / "backup", dir_ / "restored").status();
  EXPECT_EQ(newer.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(newer.message(), HasSubstr("was made by mlengine 10.0 (backup version 2)"));
  EXPECT_THAT(Files(dir_.path()), ElementsAre("backup", "data"));
}

}  // namespace
}  // namespace mlengine::upkeep
