// Every failure of tests/failures, as it was really recorded, through what the reconciler does with
// a job that failed: each must be told right, and what nobody can know must stay unknown.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/file_system.h"
#include "insight/first_cause.h"
#include "scheduler/cause_evidence.h"

namespace mlengine::scheduler {
namespace {

namespace json = boost::json;

json::value ReadJson(const std::string& path) {
  const Result<std::string> text = RealFileSystem().Read(path, 16 << 20);
  EXPECT_TRUE(text.ok()) << path;
  return text.ok() ? json::parse(*text) : json::value{};
}

std::string Text(const json::value& object, std::string_view key) {
  const json::value* value = object.as_object().if_contains(key);
  return value == nullptr ? "" : std::string(value->as_string());
}

std::vector<std::string> Names() {
  std::vector<std::string> names;
  const Result<std::vector<std::string>> listed = RealFileSystem().List(MLENGINE_FAILURES);
  for (const std::string& name : listed.value_or({})) {
    if (RealFileSystem().Stat(JoinPath(MLENGINE_FAILURES, name + "/case.json")).ok())
      names.push_back(name);
  }
  return names;
}

class FailureLibraryTest : public ::testing::TestWithParam<std::string> {
 protected:
  FailureLibraryTest()
      : case_(ReadJson(JoinPath(MLENGINE_FAILURES, GetParam() + "/case.json"))),
        recorded_(ReadJson(JoinPath(MLENGINE_FAILURES, GetParam() + "/evidence.json"))) {}

  store::JobRecord Record() const {
    store::JobRecord record;
    record.set_project("p");
    record.mutable_job()->set_job_id(GetParam());
    record.mutable_job()->set_state(ml::v1::Job::FAILED);
    record.mutable_job()->mutable_training_input()->set_python_module(Text(recorded_, "module"));
    record.set_runtime_name(Text(recorded_, "runtime"));
    google::protobuf::util::JsonParseOptions options;
    options.ignore_unknown_fields = true;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(
                    json::serialize(recorded_.at("attempt")), record.add_attempts(), options)
                    .ok());
    return record;
  }

  insight::FailureEvidence Evidence(const store::JobRecord& record) const {
    const ReadTail read = [this](const logs::StreamRef& stream, std::uint64_t, std::uint64_t) {
      const std::string key =
          stream.role + "-" + std::to_string(stream.index) + "." + std::to_string(stream.restart);
      const json::value* tails = recorded_.at("tails").as_object().if_contains(key);
      const bool out = stream.kind == logs::StreamRef::Kind::kStdout;
      return tails == nullptr ? std::string() : Text(*tails, out ? "stdout" : "stderr");
    };
    insight::FailureEvidence evidence = EvidenceOf(record, "", read);
    for (const auto& [name, version] : recorded_.at("distributions").as_object())
      evidence.distributions[std::string(name)] = std::string(version.as_string());
    return evidence;
  }

  json::value case_;
  json::value recorded_;
};

TEST_P(FailureLibraryTest, IsToldRight) {
  const store::JobRecord record = Record();
  const std::optional<insight::Cause> cause = insight::FirstCause(Evidence(record));
  ASSERT_TRUE(cause);
  const json::value& expect = case_.at("expect");
  EXPECT_EQ(insight::RowOf(cause->kind).name, Text(expect, "kind"));
  EXPECT_EQ(cause->role + " " + std::to_string(cause->index), Text(expect, "replica"));
  EXPECT_EQ(cause->sentence, Text(expect, "sentence"));
  EXPECT_LE(cause->evidence.size(), 12U);
  EXPECT_GT(cause->when_ns, 0);
  // All that failed or was stopped beside it is told too; of a replica that came back, its end.
  std::size_t others = 0;
  for (const auto& replica : record.attempts(0).replicas()) {
    const bool finished = replica.status().exit().reason() == runner::v1::ExitReason::FINISHED;
    const bool is_cause = replica.role() == cause->role && replica.index() == cause->index &&
                          replica.restart() == cause->restart;
    if (!finished && !is_cause) ++others;
  }
  EXPECT_EQ(cause->followers.size(), others);
}

INSTANTIATE_TEST_SUITE_P(All, FailureLibraryTest, ::testing::ValuesIn(Names()),
                         [](const auto& test) { return test.param; });

TEST(FailureLibrarySizeTest, IsALibrary) {
  const std::vector<std::string> names = Names();
  EXPECT_GE(names.size(), 80U);
  EXPECT_THAT(names, ::testing::Contains(::testing::StartsWith("unknown_")));
}

}  // namespace
}  // namespace mlengine::scheduler
