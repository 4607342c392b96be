#include "upkeep/check.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unique_fd.h"

#include "store/sqlite_database.h"
#include "store/sqlite_model_store.h"
#include "upkeep/testing/data_fixture.h"

namespace mlengine::upkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CheckTest : public DataFixture {
 protected:
  CheckReport Check(CheckOptions options = {}) {
    if (store_ != nullptr) CloseStores();
    options.data_folder = data_;
    const Result<CheckReport> report = CheckDataFolder(options);
    EXPECT_TRUE(report.ok()) << report.status().ToString();
    return report.value_or({});
  }
  // "WHERE: WHAT" of each finding.
  std::vector<std::string> Findings(const CheckReport& report) {
    std::vector<std::string> lines;
    for (const Finding& finding : report.findings)
      lines.push_back(finding.where + ": " + finding.what);
    return lines;
  }
  void Sql(const std::string& sql) {
    CloseStores();
    const auto database = store::SqliteDatabase::Open(
        Path("state.db"), store::SqliteDatabase::Mode::kReadWriteCreate);
    ASSERT_TRUE(database.ok() && (*database)->Execute(sql).ok());
  }
};

TEST_F(CheckTest, AGoodFolderHasNoFindings) {
  const CheckReport report = Check({.digests = true});
  EXPECT_THAT(Findings(report), ElementsAre());
  EXPECT_EQ(report.jobs, 3);
  EXPECT_EQ(report.log_entries, 6U);
  EXPECT_EQ(report.objects, 2U);
}

TEST_F(CheckTest, AnotherFolderIsRefused) {
  EXPECT_EQ(CheckDataFolder({.data_folder = dir_.path()}).status().code(), StatusCode::kNotFound);
}

TEST_F(CheckTest, AVersionWhoseCopyIsNotWholeIsTold) {
  CloseStores();
  {
    const auto models = *store::OpenSqliteModelStore(Path("state.db"));
    for (const char* name : {"good", "cut", "gone"}) {
      store::ResourceRecord record;
      engine::v1::VersionRecord& version = *record.mutable_version();
      version.set_folder(std::string(name) + "-1");
      version.set_files(1);
      version.set_bytes(9);
      version.mutable_version()->set_state(ml::v1::Version::READY);
      ASSERT_TRUE(models
                      ->Change([&](store::ModelTransaction& change) {
                        return change.Create(store::VersionKey("p", "m", name), record);
                      })
                      .ok());
    }
  }
  Write("models/p/m/good-1/model/model.bst", "the model");
  Write("models/p/m/cut-1/model/model.bst", "the mod");
  EXPECT_THAT(Findings(Check()),
              ElementsAre("models/p/m/cut-1: is not the copy of version cut of model m any more: "
                          "it has 1 files with 7 bytes instead of 1 with 9",
                          HasSubstr("models/p/m/gone-1: is not the copy of version gone")));
}

TEST_F(CheckTest, ATornTailIsToldAndCutOffByARepair) {
  const std::string index = Read("logs/p/done/index");
  Append("logs/p/done/index", "torn");
  const CheckReport told = Check();
  EXPECT_THAT(Findings(told), ElementsAre(HasSubstr("logs/p/done/index: has 4 bytes behind")));
  EXPECT_EQ(told.Open(), 1U);
  const CheckReport repaired = Check({.repair = true});
  ASSERT_EQ(repaired.findings.size(), 1U);
  EXPECT_EQ(repaired.Open(), 0U);
  EXPECT_EQ(repaired.findings[0].repair, "was cut off");
  EXPECT_EQ(Read("logs/p/done/index"), index);
}

TEST_F(CheckTest, NothingIsRepairedUnderALiveServer) {
  Append("logs/p/done/index", "torn");
  Write("jobs/p/stranger/attempt-1/x", "");
  EXPECT_THAT(Findings(Check({.live = true, .repair = true})), ElementsAre());
  EXPECT_THAT(Read("logs/p/done/index"), HasSubstr("torn"));
}

TEST_F(CheckTest, LostOutputIsFound) {
  Write(Replica("done") + "/stdout-0", "hel");
  EXPECT_THAT(Findings(Check()),
              ElementsAre(HasSubstr("stdout-0: has 3 bytes, and the log knows 12"),
                          HasSubstr("stdout-0: has 3 bytes; the program had written 12")));
}

TEST_F(CheckTest, ADamagedServiceEntryIsFound) {
  std::string service = Read("logs/p/done/service");
  service.back() ^= 1;
  Write("logs/p/done/service", service);
  EXPECT_THAT(Findings(Check()), ElementsAre(HasSubstr("does not fit its checksum")));
}

TEST_F(CheckTest, AJobThatEndedWithoutTheEndOfItsLogIsFound) {
  const std::string index = Read("logs/p/done/index");
  Write("logs/p/done/index", index.substr(0, index.size() - 36));
  EXPECT_THAT(Findings(Check()), ElementsAre(HasSubstr("the job has ended and its log has not")));
}

TEST_F(CheckTest, RecordsThatContradictTheStoreAreFound) {
  Write(Replica("done") + "/status-0.json",
        R"({"version": 1, "step": "EXITED", "exit": {"exitCode": 3, "stdoutBytes": "12"}})");
  EXPECT_THAT(Findings(Check()),
              ElementsAre(HasSubstr("says that the program ended with status 3")));
}

TEST_F(CheckTest, AMissingLeaseIsFound) {
  ASSERT_TRUE(RealFileSystem().Remove(Path(Replica("done") + "/lease-0")).ok());
  EXPECT_THAT(Findings(Check()), ElementsAre(HasSubstr("its lease is missing")));
}

TEST_F(CheckTest, OrphansAreListedAndOnlyRemovedByName) {
  Write("jobs/p/stranger/attempt-1/x", "");
  Write("logs/p/other/index", "");
  EXPECT_THAT(Findings(Check({.repair = true})),
              ElementsAre(HasSubstr("jobs/p/stranger: is a folder of a job that the store does "),
                          HasSubstr("logs/p/other: is a folder of a job")));
  const CheckReport removed = Check({.repair = true, .remove = {"jobs/p/stranger"}});
  EXPECT_EQ(removed.Open(), 1U);
  EXPECT_FALSE(RealFileSystem().Stat(Path("jobs/p/stranger")).ok());
  EXPECT_TRUE(RealFileSystem().Stat(Path("logs/p/other")).ok());
}

TEST_F(CheckTest, WhatTheStoreKnowsAndWhatIsElsewhereIsNeverRemoved) {
  CloseStores();
  Append("logs/p/done/index", "torn");
  for (const char* name :
       {"jobs/p/done", "logs/p/live", "jobs/p/../../x", "buckets/pkgs/a", "p/x"}) {
    const auto report = CheckDataFolder({.data_folder = data_, .repair = true, .remove = {name}});
    EXPECT_FALSE(report.ok()) << name;
  }
  EXPECT_THAT(Read("logs/p/done/index"), HasSubstr("torn"));  // nothing was done at all
}

TEST_F(CheckTest, WrongCountsAreCountedAnew) {
  Sql("UPDATE job_counts SET jobs = 7");
  EXPECT_THAT(Findings(Check()), ElementsAre(HasSubstr("the number of jobs by state")));
  EXPECT_EQ(Check({.repair = true}).Open(), 0U);
  EXPECT_THAT(Findings(Check()), ElementsAre());
}

TEST_F(CheckTest, ADamagedRecordIsFoundAndTheOthersAreLookedAt) {
  Sql("UPDATE jobs SET record = x'ff' WHERE job_id = 'done'");
  Write(Replica("live") + "/status-0.json", "{");
  EXPECT_THAT(Findings(Check()), ElementsAre(HasSubstr("job p/done: its record is damaged"),
                                             HasSubstr("live/attempt-1/master-0/status-0.json")));
}

TEST_F(CheckTest, LeftoversOfCutWritesGo) {
  Write("quotas.json.tmp-77-3", "half");
  Write(Replica("live") + "/status-0.json.tmp-9-1", "half");
  Write("uploads/00000000000000000000000000000001.data", "bytes");
  Write("buckets/pkgs/%tmp/half", "bytes");
  EXPECT_EQ(Check().Open(), 4U);
  EXPECT_EQ(Check({.repair = true}).Open(), 0U);
  EXPECT_THAT(Findings(Check()), ElementsAre());
}

TEST_F(CheckTest, ChangedBytesOfAnObjectAreFoundByTheirDigests) {
  const std::string path = Path("buckets/pkgs/a/trainer.tar.gz");
  struct stat st{};
  ASSERT_EQ(::stat(path.c_str(), &st), 0);
  {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    ASSERT_EQ(::pwrite(fd.get(), "P", 1, 0), 1);
    const timespec times[2] = {st.st_atim, st.st_mtim};
    ASSERT_EQ(::futimens(fd.get(), times), 0);
  }
  EXPECT_THAT(Findings(Check()), ElementsAre());
  EXPECT_THAT(Findings(Check({.digests = true})),
              ElementsAre(HasSubstr("gs://pkgs/a/trainer.tar.gz: its bytes are not those")));
}

TEST_F(CheckTest, AMissingPackageOfAWaitingJobIsFound) {
  ASSERT_TRUE(objects_->Delete("pkgs", "a/trainer.tar.gz", {}).ok());
  EXPECT_THAT(Findings(Check()), ElementsAre(HasSubstr("job p/waits: the package gs://pkgs/a/")));
}

TEST_F(CheckTest, QuotasThatNobodyCanReadAreFound) {
  Write("quotas.json", "{");
  EXPECT_THAT(Findings(Check()), ElementsAre(HasSubstr("quotas.json: cannot be understood")));
}

}  // namespace
}  // namespace mlengine::upkeep
