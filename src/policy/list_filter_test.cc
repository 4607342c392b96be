#include "policy/list_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::policy {
namespace {

using ml::v1::Job;
using ::testing::HasSubstr;

Job RnnJob() {
  Job job;
  job.set_job_id("rnn_7");
  job.set_state(Job::FAILED);
  job.set_error_message("said \"no\" (1)");
  job.mutable_create_time()->set_seconds(1514862245);  // 2018-01-02T03:04:05Z
  (*job.mutable_labels())["team"] = "red";
  job.mutable_training_input()->set_region("us-east1");
  job.mutable_training_input()->add_args("--epochs=3");
  job.mutable_training_input()->set_worker_count(10);
  return job;
}

TEST(ListFilterTest, PassesWhatAllTermsSay) {
  const Job job = RnnJob();
  const std::vector<std::pair<std::string, bool>> table = {
      {"", true},
      {"  ", true},
      {"jobId:rnn*", true},
      {"jobId:rnn* AND state:FAILED", true},
      {"jobId:rnn* AND state:RUNNING", false},
      {"jobId:census*", false},
      {"jobId:rnn", false},
      {"jobId=rnn_7", true},
      {"job_id = \"rnn_7\"", true},
      {"jobId:*_7", true},
      {"jobId:r*_*7", true},
      {"jobId:r*x*", false},
      {"jobId!=rnn*", false},
      {"jobId:\"ANDroid\"", false},
      {"state!=SUCCEEDED jobId:rnn*", true},
      {"createTime>2018-01-02T03:04:04Z", true},
      {"createTime>\"2018-01-02T03:04:05Z\"", false},
      {"createTime>=2018-01-02T12:04:05+09:00", true},
      {"createTime>2018-01-02 AND createTime<2018-01-03", true},
      {"endTime>2018-01-01", false},
      {"endTime<2038-01-01", false},
      {"labels.team=red", true},
      {"labels.team:*", true},
      {"labels.team!=red", false},
      {"labels.colour:*", false},
      {"labels.colour!=red", true},
      {"trainingInput.region=us-*", true},
      {"training_input.worker_count>9", true},
      {"trainingInput.workerCount<9.5", false},
      {"trainingInput.enableWebAccess=false", true},
      {"trainingInput.args:*epochs*", true},
      {"errorMessage=\"said \\\"no\\\" (1)\"", true},
  };
  for (const auto& [text, expected] : table) {
    const auto filter = ListFilter::Parse(text);
    ASSERT_TRUE(filter.ok()) << filter.status().ToString();
    EXPECT_EQ(filter->Matches(job), expected) << text;
  }
}

TEST(ListFilterTest, SaysWhatIsWrongAndWhere) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"jobId", "Expected one of : = != < <= > >=, not the end, at character 6."},
      {"jobId:", "Expected a value, not the end, at character 7."},
      {"jobId:a AND", "Expected a field name, not the end, at character 12."},
      {"jobId:a AND AND", "There is no field \"AND\" of a job to compare, at character 13."},
      {"jobId:a OR jobId:b", "OR is not supported; join terms by AND, at character 9."},
      {"NOT jobId:a", "NOT is not supported"},
      {"(jobId:a)", "Expected a field name, not \"(jobId:a)\", at character 1."},
      {"colour:red", "There is no field \"colour\""},
      {"labels:red", "There is no field \"labels\""},
      {"trainingInput:x", "There is no field \"trainingInput\""},
      {"etag:x", "There is no field \"etag\""},
      {"state:LOUD", "\"LOUD\" is not a value of State, at character 7."},
      {"createTime>today", "\"today\" is not a time such as"},
      {"jobId>a", "\"jobId\" can only be compared by : = and !=, at character 7."},
      {"trainingInput.workerCount=few", "\"few\" is not a number"},
      {"trainingInput.enableWebAccess=1", "\"1\" is not true or false"},
      {"jobId=\"a", "The quote is not closed at character 7."},
      {"jobId~a", "Expected one of"},
  };
  for (const auto& [text, message] : table) {
    const Status status = ListFilter::Parse(text).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(status.message(), HasSubstr("Field: filter Error: ")) << text;
    EXPECT_THAT(status.message(), HasSubstr(message)) << text;
    EXPECT_EQ(status.violations().at(0).field, "filter");
  }
}

TEST(ListFilterTest, LongPatternsEnd) {
  Job job;
  job.set_job_id(std::string(128, 'a'));
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "a*";
  EXPECT_FALSE(ListFilter::Parse("jobId:" + pattern + "b")->Matches(job));
}

TEST(ListFilterTest, SplitsIntoTermsThatTellWhatTheyCompare) {
  const Result<ListFilter> filter =
      ListFilter::Parse("jobId:rnn* AND labels.team=blue trainingInput.region:us-east1");
  ASSERT_TRUE(filter.ok());
  const std::vector<ListFilter> parts = filter->Split();
  std::vector<std::string> paths;
  std::vector<bool> passed;
  for (const ListFilter& part : parts) {
    paths.push_back(part.Path());
    passed.push_back(part.Matches(RnnJob()));
  }
  EXPECT_THAT(paths, ::testing::ElementsAre("job_id", "labels", "training_input.region"));
  EXPECT_THAT(passed, ::testing::ElementsAre(true, false, true));
  EXPECT_TRUE(ListFilter::Parse("")->Split().empty());
}

}  // namespace
}  // namespace mlengine::policy
