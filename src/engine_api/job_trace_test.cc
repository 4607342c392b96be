#include "engine_api/job_trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>

namespace mlengine::engine_api {
namespace {

using boost::json::object;
using engine::v1::AttemptRecord;
using ml::v1::Job;

std::string Text(const object& from, std::string_view name) {
  return std::string(from.at(name).as_string());
}

// By name; those of one name in their order.
std::multimap<std::string, object> SpansOf(const std::string& trace) {
  std::multimap<std::string, object> spans;
  const boost::json::value parsed = boost::json::parse(trace);
  for (const auto& span :
       parsed.at("resourceSpans").at(0).at("scopeSpans").at(0).at("spans").as_array())
    spans.emplace(Text(span.as_object(), "name"), span.as_object());
  return spans;
}

const object& Only(const std::multimap<std::string, object>& spans, const std::string& name) {
  EXPECT_EQ(spans.count(name), 1U) << name;
  return spans.find(name)->second;
}

void AddPhase(runner::v1::StatusRecord& status, const std::string& name, int from, int to) {
  auto& phase = *status.add_phases();
  phase.set_name(name);
  phase.mutable_start_time()->set_seconds(from);
  if (to > 0) phase.mutable_end_time()->set_seconds(to);
}

engine::v1::JobRecord RunningJob() {
  engine::v1::JobRecord record;
  record.set_project("p");
  record.mutable_job()->set_job_id("j");
  record.mutable_job()->set_state(Job::RUNNING);
  record.set_create_time_ns(10'000'000'000);
  AttemptRecord& attempt = *record.add_attempts();
  attempt.set_number(1);
  attempt.mutable_decided_time()->set_seconds(15);
  auto& replica = *attempt.add_replicas();
  replica.set_role("master");
  replica.set_restart(1);
  auto& first = *replica.add_earlier();
  AddPhase(first, "staging", 16, 17);
  first.mutable_exit()->mutable_end_time()->set_seconds(18);
  first.mutable_exit()->set_signal(9);
  AddPhase(*replica.mutable_status(), "staging", 19, 20);
  AddPhase(*replica.mutable_status(), "exec", 20, 21);
  AddPhase(*replica.mutable_status(), "first_line", 21, 0);
  return record;
}

TEST(JobTraceTest, HasASpanForEachPhaseBelowItsReplicaAttemptAndJob) {
  const auto spans = SpansOf(JobTraceJson(RunningJob(), Time(std::chrono::seconds(30))));
  const object& job = Only(spans, "job j");
  EXPECT_FALSE(job.contains("parentSpanId"));
  EXPECT_EQ(Text(job, "startTimeUnixNano"), "10000000000");
  EXPECT_EQ(Text(job, "endTimeUnixNano"), "30000000000");
  EXPECT_EQ(Text(job, "traceId").size(), 32U);
  EXPECT_EQ(Text(job, "spanId").size(), 16U);

  const object& queued = Only(spans, "queued");
  EXPECT_EQ(Text(queued, "parentSpanId"), Text(job, "spanId"));
  EXPECT_EQ(Text(queued, "endTimeUnixNano"), "15000000000");

  const object& attempt = Only(spans, "attempt 1");
  EXPECT_EQ(Text(attempt, "parentSpanId"), Text(job, "spanId"));
  ASSERT_EQ(spans.count("master-0"), 2U);
  const object& lost = spans.lower_bound("master-0")->second;
  const object& runs = std::next(spans.lower_bound("master-0"))->second;
  EXPECT_EQ(Text(lost, "parentSpanId"), Text(attempt, "spanId"));
  EXPECT_NE(Text(lost, "spanId"), Text(runs, "spanId"));
  EXPECT_EQ(lost.at("status").at("code").as_int64(), 2);
  EXPECT_FALSE(runs.contains("status"));

  const object& program = Only(spans, "program");
  EXPECT_EQ(Text(program, "parentSpanId"), Text(runs, "spanId"));
  EXPECT_EQ(Text(program, "startTimeUnixNano"), "21000000000");
  EXPECT_EQ(Text(program, "endTimeUnixNano"), "30000000000");
}

TEST(JobTraceTest, GivesTheSameIdsEachTimeAndOthersForAnotherJob) {
  engine::v1::JobRecord other = RunningJob();
  other.set_create_time_ns(11'000'000'000);
  const auto id = [](const engine::v1::JobRecord& record) {
    const auto spans = SpansOf(JobTraceJson(record, Time(std::chrono::seconds(30))));
    return Text(Only(spans, "job j"), "traceId") + Text(Only(spans, "program"), "spanId");
  };
  EXPECT_EQ(id(RunningJob()), id(RunningJob()));
  EXPECT_NE(id(RunningJob()), id(other));
}

TEST(JobTraceTest, TellsWhyAJobFailed) {
  engine::v1::JobRecord record = RunningJob();
  record.mutable_job()->set_state(Job::FAILED);
  record.mutable_job()->mutable_end_time()->set_seconds(25);
  record.mutable_cause()->set_sentence("The disk \xFF is full.");
  const auto spans = SpansOf(JobTraceJson(record, Time(std::chrono::seconds(30))));
  const object& job = Only(spans, "job j");
  EXPECT_EQ(Text(job, "endTimeUnixNano"), "25000000000");
  EXPECT_EQ(job.at("status").at("code").as_int64(), 2);
  EXPECT_EQ(job.at("status").at("message").as_string(), "The disk \xEF\xBF\xBD is full.");
}

TEST(JobTraceTest, AJobThatNeverStartedHasOnlyItsWaiting) {
  engine::v1::JobRecord record;
  record.mutable_job()->set_job_id("j");
  record.mutable_job()->set_state(Job::QUEUED);
  record.set_create_time_ns(10'000'000'000);
  // The clock was set back since.
  const auto spans = SpansOf(JobTraceJson(record, Time(std::chrono::seconds(9))));
  EXPECT_EQ(spans.size(), 2U);
  EXPECT_EQ(Text(Only(spans, "queued"), "endTimeUnixNano"), "10000000000");
}

}  // namespace
}  // namespace mlengine::engine_api
