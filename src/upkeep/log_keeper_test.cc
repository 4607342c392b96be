#include "upkeep/log_keeper.h"

#include <gmock/gmock.h>

#include "upkeep/check.h"
#include "upkeep/testing/data_fixture.h"

namespace mlengine::upkeep {
namespace {

using std::chrono::hours;
using ::testing::HasSubstr;

class LogKeeperTest : public DataFixture {
 protected:
  // The fixture's jobs ended a while ago by their clock.
  LogKeeping Turn(hours after_end) {
    const auto ended = store_->Get({"p", "done"})->record.job().end_time().seconds();
    clock_.Set(Time(std::chrono::seconds(ended)) + after_end);
    LogKeeperOptions options;
    options.data_folder = data_;
    options.budget = budget_;
    options.has_room = [this] { return has_room_; };
    options.keep_days = [this](const std::string&) { return keep_days_; };
    return LogKeeper(std::move(options), *store_, *logs_, clock_).Turn();
  }
  std::string LastMessage(const std::string& id) {
    const auto entries = logs_->Query({"p", id}, {.newest_first = true, .limit = 1});
    return entries.ok() && !entries->empty() ? (*entries)[0].message : "";
  }
  bool Has(const std::string& path) { return RealFileSystem().Stat(Path(path)).ok(); }

  std::optional<std::int64_t> keep_days_ = 7;
  std::optional<std::uint64_t> budget_;
  bool has_room_ = true;
};

TEST_F(LogKeeperTest, ArchivesWhatHasEndedAWhileAgo) {
  std::string output;
  for (int i = 0; i < 5000; ++i) output += "step " + std::to_string(i) + "\n";
  MakeJob("long", Job::SUCCEEDED, output);
  EXPECT_EQ(Turn(hours(0)).archived, 0);
  EXPECT_TRUE(Has(Replica("long") + "/stdout-0"));
  has_room_ = false;
  EXPECT_EQ(Turn(hours(2)).archived, 0);
  has_room_ = true;
  const LogKeeping report = Turn(hours(2));
  EXPECT_EQ(report.archived, 1);
  EXPECT_EQ(report.retired, 0);
  EXPECT_GT(report.bytes, 0U);
  EXPECT_FALSE(Has(Replica("long") + "/stdout-0"));
  EXPECT_TRUE(Has(Replica("long") + "/work/large"));
  EXPECT_TRUE(Has(Replica("done") + "/stdout-0"));
  EXPECT_TRUE(Has(Replica("live") + "/stdout-0"));
  EXPECT_EQ(*logs_->ReadRaw({"p", "long"}, {}, 0, 1 << 20), output);
  CloseStores();
  const auto check = CheckDataFolder({.data_folder = data_});
  ASSERT_TRUE(check.ok());
  EXPECT_EQ(check->Open(), 0U) << (check->findings.empty() ? "" : check->findings[0].what);
}

TEST_F(LogKeeperTest, RetiresWhatWasKeptLongEnough) {
  EXPECT_EQ(Turn(hours(7 * 24 - 1)).retired, 0);
  EXPECT_EQ(Turn(hours(7 * 24)).retired, 1);
  EXPECT_FALSE(Has("jobs/p/done"));
  EXPECT_THAT(LastMessage("done"), HasSubstr("removed 7 days after its job's end"));
  EXPECT_EQ((*logs_->Removed({"p", "done"}))->rule, "LOG_DAYS");
  EXPECT_EQ((*logs_->Removed({"p", "done"}))->limit, 7);
  EXPECT_TRUE(Has(Replica("live") + "/stdout-0"));
  EXPECT_EQ(Turn(hours(8 * 24)).retired, 0);
  CloseStores();
  const auto check = CheckDataFolder({.data_folder = data_});
  ASSERT_TRUE(check.ok());
  EXPECT_EQ(check->Open(), 0U) << (check->findings.empty() ? "" : check->findings[0].what);
}

TEST_F(LogKeeperTest, WhatAnEndedTurnLeftIsTakenByTheNext) {
  ASSERT_TRUE(logs_->Retire({"p", "done"}, {.why = "begun"}).ok());
  ASSERT_TRUE(Has("jobs/p/done"));
  EXPECT_EQ(Turn(hours(7 * 24)).retired, 1);
  EXPECT_FALSE(Has("jobs/p/done"));
  EXPECT_EQ(LastMessage("done"), "begun");
}

TEST_F(LogKeeperTest, KeepsForEverWhereTheProjectSaysSo) {
  keep_days_ = std::nullopt;
  EXPECT_EQ(Turn(hours(24 * 4000)).retired, 0);
  EXPECT_TRUE(Has("jobs/p/done"));
}

TEST_F(LogKeeperTest, TheOldestGoWhenAllAreOverTheBudget) {
  MakeJob("later", Job::SUCCEEDED, "a line\n");
  keep_days_ = std::nullopt;
  const LogKeeping all = Turn(hours(2));
  ASSERT_GT(all.bytes, 0U);
  budget_ = all.bytes - 1;
  const LogKeeping report = Turn(hours(2));
  EXPECT_EQ(report.retired, 1);
  EXPECT_LE(report.bytes, *budget_);
  EXPECT_NE(Has("jobs/p/done"), Has("jobs/p/later"));
  const std::string gone = Has("jobs/p/done") ? "later" : "done";
  EXPECT_THAT(LastMessage(gone), HasSubstr("logs.budget in mlengine.yaml"));
  EXPECT_EQ((*logs_->Removed({"p", gone}))->rule, "LOG_BUDGET");
  EXPECT_EQ((*logs_->Removed({"p", gone}))->limit, static_cast<std::int64_t>(*budget_));
  EXPECT_TRUE(Has("jobs/p/live"));
}

}  // namespace
}  // namespace mlengine::upkeep
