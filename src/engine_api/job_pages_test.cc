#include "engine_api/job_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::engine_api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

store::JobRecord Failed() {
  store::JobRecord record;
  record.set_project("p");
  record.set_create_time_ns(1'514'862'245'000'000'000);
  ml::v1::Job& job = *record.mutable_job();
  job.set_job_id("j");
  job.set_state(ml::v1::Job::FAILED);
  job.mutable_start_time()->set_seconds(1'514'862'245);
  job.mutable_end_time()->set_seconds(1'514'862'245 + 67);
  job.set_error_message(
      "The replica master 0 exited.\nValueError: <b>boom\n"
      "To find out more about why your job exited please check the logs: URL");
  job.mutable_training_input()->add_args("--x=\"y\"");
  return record;
}

logs::LogEntry Entry(logs::Severity severity, const std::string& message) {
  logs::LogEntry entry;
  entry.stamp_ns = 1'514'862'245'000'000'000;
  entry.severity = severity;
  entry.task_name = "master-replica-0";
  entry.message = message;
  return entry;
}

TEST(JobPagesTest, AFailedJobsCauseComesFirstWithItsLines) {
  const std::string page = JobPage(Failed(), {}, {});
  const std::size_t cause = page.find("exited.\nValueError: &lt;b&gt;boom\n");
  ASSERT_NE(cause, std::string::npos);
  EXPECT_LT(cause, page.find("class=\"facts\""));
  EXPECT_THAT(page, HasSubstr("1 min 7 s"));
  EXPECT_THAT(page, HasSubstr("--x=&quot;y&quot;"));
  EXPECT_THAT(page, Not(HasSubstr("http-equiv=\"refresh\"")));
}

TEST(JobPagesTest, ARunningJobReloadsAndShowsNoCause) {
  store::JobRecord record = Failed();
  record.mutable_job()->clear_error_message();
  record.mutable_job()->clear_end_time();
  record.mutable_job()->set_state(ml::v1::Job::RUNNING);
  const std::string page = JobPage(record, {}, {});
  EXPECT_THAT(page, HasSubstr("http-equiv=\"refresh\""));
  EXPECT_THAT(page, Not(HasSubstr("class=\"cause\"")));
}

TEST(JobPagesTest, ThePriceAndTheCostAreFacts) {
  JobPrice price;
  price.list = "2017-12";
  price.rate_text = "2.90 USD/h";
  price.used_text = "0.73 units, 0.36 USD";
  const std::string page = JobPage(Failed(), {}, price);
  EXPECT_THAT(page, HasSubstr("<th>price</th><td>2.90 USD/h (price list 2017-12)</td>"));
  EXPECT_THAT(page, HasSubstr("<th>cost</th><td>0.73 units, 0.36 USD</td>"));
  price.unknown = "<n1> is not in the price list 2017-12.";
  EXPECT_THAT(JobPage(Failed(), {}, price),
              HasSubstr("<th>price</th><td>&lt;n1&gt; is not in the price list 2017-12.</td>"));
}

TEST(JobPagesTest, TheLogNamesSeveritiesAndEscapesLines) {
  const std::string page =
      JobPage(Failed(), {Entry(logs::Severity::kWarning, "<script>alert(1)</script> & more")}, {});
  EXPECT_THAT(page, HasSubstr("<td class=\"severity\">WARNING</td>"));
  EXPECT_THAT(page, HasSubstr("2018-01-02 03:04:05"));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt; &amp; more"));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("The last")));
}

TEST(JobPagesTest, AnOverlongLogSaysWhereTheRestIs) {
  const std::vector<logs::LogEntry> entries(kLogEntriesShown, Entry(logs::Severity::kInfo, "line"));
  EXPECT_THAT(JobPage(Failed(), entries, {}),
              HasSubstr("The last 200 entries. All of it: <code>mlengine jobs stream-logs j"));
}

TEST(JobPagesTest, TheListShowsEachCauseInOneLineAndLinksOn) {
  store::ListJobsPage page;
  page.jobs.emplace_back().record = Failed();
  page.next_page_token = "t&1";
  const std::string html = JobsPage(page, "p");
  EXPECT_THAT(html, HasSubstr("/ui/jobs/j?project=p"));
  EXPECT_THAT(html, HasSubstr("<td class=\"why\">ValueError: &lt;b&gt;boom</td>"));
  EXPECT_THAT(html, HasSubstr("/ui?project=p&amp;pageToken=t%261"));
}

TEST(JobPagesTest, AnEmptyListSaysWhatToDo) {
  EXPECT_THAT(JobsPage({}, "p"), HasSubstr("mlengine jobs submit training"));
}

}  // namespace
}  // namespace mlengine::engine_api
