#include "policy/cost_report.h"

#include <gmock/gmock.h>

namespace mlengine::policy {
namespace {

using engine::v1::JobRecord;
using ml::v1::TrainingInput;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

Time At(const std::string& text) {
  return *ParseTime(text);
}

const Time kNow = At("2018-02-01T06:00:00Z");

void SetTime(google::protobuf::Timestamp& field, const std::string& text) {
  field.set_seconds(ToUnixNanos(At(text)) / 1'000'000'000);
}

// A BASIC job: 0.2774 USD and 0.5661 units an hour.
JobRecord Job(const std::string& start, const std::string& end) {
  JobRecord record;
  record.set_price_list("2017-12");
  record.mutable_job()->mutable_training_input()->set_region("us-central1");
  auto& replica = *record.add_attempts()->add_replicas();
  replica.set_role("master");
  SetTime(*replica.mutable_status()->add_phases()->mutable_start_time(), start);
  if (!end.empty()) SetTime(*replica.mutable_status()->mutable_exit()->mutable_end_time(), end);
  return record;
}

const PriceBook& Book() {
  static const PriceBook book = PriceBook::BuiltIn();
  return book;
}

std::vector<std::string> Told(const std::vector<CostRow>& rows) {
  std::vector<std::string> told;
  for (const CostRow& row : rows) {
    told.push_back(row.group + ": " + std::to_string(row.jobs) + " jobs, " +
                   std::to_string(row.spent.units) + " units, " +
                   HundredthsText(row.spent.money, row.currency));
  }
  return told;
}

CostReport Report(const std::string& group_by, const std::vector<JobRecord>& jobs) {
  Result<CostReport> report = CostReport::Make(group_by, Book(), kNow);
  EXPECT_TRUE(report.ok()) << report.status().ToString();
  for (const JobRecord& job : jobs) report->Add(job);
  return *report;
}

TEST(JobSpendingTest, DaysAndMonthsAddUpToWhatTheJobShows) {
  const JobRecord job = Job("2018-01-30T23:30:00Z", "");
  const Result<JobSpending> spending = JobSpending::Of(Book(), job, kNow);
  ASSERT_TRUE(spending.ok());
  // 30.5 h: 8.4607 USD, 17.266 units. By the ends of the days 0.5 h, 24.5 h and 30.5 h: 0.1387,
  // 6.7963 and 8.4607 USD; 0.28305, 13.86945 and 17.26605 units.
  EXPECT_EQ(spending->UntilNow(), (Spent{1726, 846}));
  EXPECT_THAT(spending->ByDay(), ElementsAre(Pair(At("2018-01-30T00:00:00Z"), Spent{28, 14}),
                                             Pair(At("2018-01-31T00:00:00Z"), Spent{1358, 666}),
                                             Pair(At("2018-02-01T00:00:00Z"), Spent{340, 166})));
  EXPECT_THAT(spending->ByMonth(), ElementsAre(Pair(At("2018-01-01T00:00:00Z"), Spent{1386, 680}),
                                               Pair(At("2018-02-01T00:00:00Z"), Spent{340, 166})));
  EXPECT_EQ(spending->Until(At("2018-01-31T00:00:00Z")), (Spent{28, 14}));
  EXPECT_EQ(spending->Until(At("2018-01-01T00:00:00Z")), Spent{});
}

TEST(JobSpendingTest, ARestartAfterAPauseCostsNothingBetween) {
  JobRecord job = Job("2018-01-01T10:00:00Z", "2018-01-01T11:00:00Z");
  JobRecord later = Job("2018-01-20T10:00:00Z", "2018-01-20T12:00:00Z");
  *job.add_attempts() = later.attempts(0);
  const Result<JobSpending> spending = JobSpending::Of(Book(), job, kNow);
  ASSERT_TRUE(spending.ok());
  EXPECT_THAT(spending->ByDay(), ElementsAre(Pair(At("2018-01-01T00:00:00Z"), Spent{56, 28}),
                                             Pair(At("2018-01-20T00:00:00Z"), Spent{113, 55})));
}

TEST(JobSpendingTest, MonthsBeginOnTheirFirst) {
  EXPECT_EQ(MonthOf(At("2018-12-31T23:59:59Z")), At("2018-12-01T00:00:00Z"));
  EXPECT_EQ(NextMonth(At("2018-12-31T23:59:59Z")), At("2019-01-01T00:00:00Z"));
  EXPECT_EQ(DayOf(At("2018-12-31T23:59:59Z")), At("2018-12-31T00:00:00Z"));
}

TEST(CostReportTest, ByTier) {
  JobRecord large = Job("2018-01-01T00:00:00Z", "2018-01-01T10:00:00Z");
  large.mutable_job()->mutable_training_input()->set_scale_tier(TrainingInput::BASIC_GPU);
  JobRecord named = Job("2018-01-01T00:00:00Z", "2018-01-01T01:00:00Z");
  named.mutable_job()->mutable_training_input()->set_scale_tier(TrainingInput::BASIC);
  const CostReport report =
      Report("tier",
             {large, named, Job("2018-01-02T00:00:00Z", "2018-01-02T01:00:00Z"), JobRecord(named)});
  EXPECT_THAT(Told(report.Rows()), ElementsAre("BASIC: 3 jobs, 168 units, 0.84 USD",
                                               "BASIC_GPU: 1 jobs, 2473 units, 12.12 USD"));
  EXPECT_THAT(Told(report.Totals()), ElementsAre(": 4 jobs, 2641 units, 12.96 USD"));
  EXPECT_THAT(report.Notes(), IsEmpty());
}

TEST(CostReportTest, ByDayCountsAJobOnEachOfItsDaysAndOnceInTheTotal) {
  const CostReport report = Report("day", {Job("2018-01-31T23:30:00Z", "2018-02-01T00:30:00Z"),
                                           Job("2018-02-01T01:00:00Z", "2018-02-01T02:00:00Z")});
  EXPECT_THAT(Told(report.Rows()), ElementsAre("2018-01-31: 1 jobs, 28 units, 0.14 USD",
                                               "2018-02-01: 2 jobs, 84 units, 0.42 USD"));
  EXPECT_THAT(Told(report.Totals()), ElementsAre(": 2 jobs, 112 units, 0.56 USD"));
}

TEST(CostReportTest, ByLabelAndByTheValuesOfOne) {
  JobRecord both = Job("2018-01-01T00:00:00Z", "2018-01-01T01:00:00Z");
  (*both.mutable_job()->mutable_labels())["owner"] = "me";
  (*both.mutable_job()->mutable_labels())["team"] = "voice";
  JobRecord other = Job("2018-01-01T00:00:00Z", "2018-01-01T01:00:00Z");
  (*other.mutable_job()->mutable_labels())["owner"] = "you";
  const std::vector<JobRecord> jobs = {both, other,
                                       Job("2018-01-01T00:00:00Z", "2018-01-01T01:00:00Z")};
  const CostReport all = Report("label", jobs);
  EXPECT_THAT(Told(all.Rows()), ElementsAre("(none): 1 jobs, 56 units, 0.28 USD",
                                            "owner=me: 1 jobs, 56 units, 0.28 USD",
                                            "owner=you: 1 jobs, 56 units, 0.28 USD",
                                            "team=voice: 1 jobs, 56 units, 0.28 USD"));
  EXPECT_THAT(Told(all.Totals()), ElementsAre(": 3 jobs, 168 units, 0.84 USD"));
  EXPECT_THAT(all.Notes(), ElementsAre(HasSubstr("1 job with several labels")));
  EXPECT_THAT(
      Told(Report("label=team", jobs).Rows()),
      ElementsAre("(none): 2 jobs, 112 units, 0.56 USD", "voice: 1 jobs, 56 units, 0.28 USD"));
}

TEST(CostReportTest, JobsWithoutAPriceAreToldApart) {
  JobRecord gone = Job("2018-01-01T00:00:00Z", "2018-01-01T01:00:00Z");
  gone.set_price_list("ours");
  JobRecord far = Job("2018-01-01T00:00:00Z", "2018-01-01T01:00:00Z");
  far.mutable_job()->mutable_training_input()->set_region("australia-southeast1");
  const CostReport report = Report("tier", {gone, far, far});
  EXPECT_THAT(report.Rows(), IsEmpty());
  EXPECT_THAT(
      report.Notes(),
      ElementsAre("1 job not counted: The price list ours, in force when the job was created, "
                  "is not among those of this server.",
                  "2 jobs not counted: The region australia-southeast1 is not in the price "
                  "list 2017-12."));
}

TEST(CostReportTest, OtherGroupsAreRefusedWithTheNearest) {
  EXPECT_THAT(CostReport::Make("tiers", Book(), kNow).status().message(),
              HasSubstr("did you mean tier?"));
  EXPECT_THAT(CostReport::Make("label=", Book(), kNow).status().code(),
              StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace mlengine::policy
