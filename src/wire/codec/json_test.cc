#include "wire/codec/json.h"

#include <gmock/gmock.h>
#include <google/protobuf/empty.pb.h>
#include <gtest/gtest.h>

#include <random>

#include "mlengine/ml/v1/job.pb.h"
#include "mlengine/ml/v1/operation.pb.h"
#include "wire/codec/json_check.h"
#include "wire/codec/strict_json.h"
#include "wire/codec/utf8.h"

namespace mlengine::wire {
namespace {

using ml::v1::Job;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// As gcloud sends it.
const std::string kCreate =
    R"({"jobId": "adv1", "labels": {"a": "b"}, "trainingInput": {"enableWebAccess": false,)"
    R"( "args": ["--epochs", "3"], "jobDir": "gs://bkt1/x", "scheduling": {"maxWaitTime": "3600.5s"},)"
    R"( "masterConfig": {"acceleratorConfig": {"count": "1", "type": "NVIDIA_TESLA_T4"}},)"
    R"( "workerCount": "2", "scaleTier": "CUSTOM", "useChiefInTfConfig": true}})";

TEST(FromJsonTest, ReadsWhatGcloudSends) {
  Job job;
  const Status status = FromJson(kCreate, job, "job");
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(job.job_id(), "adv1");
  EXPECT_EQ(job.labels().at("a"), "b");
  const ml::v1::TrainingInput& input = job.training_input();
  EXPECT_THAT(input.args(), ElementsAre("--epochs", "3"));
  EXPECT_EQ(input.worker_count(), 2);
  EXPECT_EQ(input.scale_tier(), ml::v1::TrainingInput::CUSTOM);
  EXPECT_EQ(input.scheduling().max_wait_time().seconds(), 3600);
  EXPECT_EQ(input.scheduling().max_wait_time().nanos(), 500'000'000);
  EXPECT_EQ(input.master_config().accelerator_config().type(),
            ml::v1::AcceleratorConfig::NVIDIA_TESLA_T4);
}

TEST(FromJsonTest, TakesBothSpellingsNumbersAndNull) {
  Job job;
  const Status status = FromJson(
      R"({"job_id":"x","createTime":"2018-01-02T03:04:05+09:00","state":null,"training_input":)"
      R"({"worker_count":3,"evaluatorCount":4.0,"scaleTier":5},"trainingOutput":{"consumedMLUnits":"0.5"},)"
      R"("etag":"2KRqIbAhzvM="})",
      job, "job");
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(job.job_id(), "x");
  EXPECT_EQ(job.create_time().seconds(), 1514829845);
  EXPECT_EQ(job.training_input().worker_count(), 3);
  EXPECT_EQ(job.training_input().evaluator_count(), 4);
  EXPECT_EQ(job.training_input().scale_tier(), ml::v1::TrainingInput::CUSTOM);
  EXPECT_EQ(job.training_output().consumed_ml_units(), 0.5);
  EXPECT_EQ(job.etag().size(), 8U);
}

TEST(FromJsonTest, NamesEveryUnknownNameWithItsPath) {
  Job job;
  const Status status = FromJson(
      R"({"parameter_server_type":"a","trainingInput":{"worker_cont":"2","masterConfig":{"x":1}}})",
      job, "job");
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(),
            "Invalid JSON payload received. Unknown name \"parameter_server_type\" at 'job': "
            "Cannot find field.\n"
            "Invalid JSON payload received. Unknown name \"worker_cont\" at 'job.training_input': "
            "Cannot find field. Did you mean \"worker_count\"?\n"
            "Invalid JSON payload received. Unknown name \"x\" at "
            "'job.training_input.master_config': Cannot find field.");
  EXPECT_THAT(status.violations(),
              ElementsAre(Field(&FieldViolation::field, "job"),
                          Field(&FieldViolation::field, "job.training_input"),
                          Field(&FieldViolation::field, "job.training_input.master_config")));
  EXPECT_EQ(job.ByteSizeLong(), 0U);
  EXPECT_EQ(FromJson(R"({"a":1})", job).message(),
            "Invalid JSON payload received. Unknown name \"a\": Cannot find field.");
}

TEST(FromJsonTest, KnowsWhatAMisspelledNameMayMean) {
  Job job;
  EXPECT_THAT(FromJson(R"({"trainingInput":{"workerCont":1}})", job, "job").message(),
              ::testing::EndsWith("Cannot find field. Did you mean \"workerCount\"?"));
  EXPECT_THAT(FromJson(R"({"trainingInput":{"colour":1}})", job, "job").message(),
              ::testing::EndsWith("Cannot find field."));
}

TEST(FromJsonTest, SaysWhichValueIsOfTheWrongType) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {R"({"jobId":5})", "Invalid value at 'job.job_id' (TYPE_STRING), 5"},
      {R"({"trainingInput":{"runtimeVersion":1.4}})",
       "Invalid value at 'job.training_input.runtime_version' (TYPE_STRING), 1.4"},
      {R"({"trainingInput":{"workerCount":"many"}})",
       "Invalid value at 'job.training_input.worker_count' (TYPE_INT64), \"many\""},
      {R"({"trainingInput":{"workerCount":1.5}})", "(TYPE_INT64), 1.5"},
      {R"({"trainingInput":{"workerCount":"9223372036854775808"}})", "(TYPE_INT64)"},
      {R"({"trainingInput":{"workerCount":9223372036854775808}})", "(TYPE_INT64)"},
      {R"({"trainingInput":{"workerCount":" 1"}})", "(TYPE_INT64)"},
      {R"({"trainingInput":{"scheduling":{"priority":2147483648}}})", "(TYPE_INT32), 2147483648"},
      {R"({"trainingInput":{"scheduling":{"priority":1e10}}})", "(TYPE_INT32)"},
      {R"({"trainingInput":{"scheduling":{"maxWaitTime":"1h"}}})",
       "(type.googleapis.com/google.protobuf.Duration), \"1h\""},
      {R"({"trainingInput":{"scheduling":{"maxWaitTime":3600}}})", "protobuf.Duration), 3600"},
      {R"({"createTime":"yesterday"})", "protobuf.Timestamp), \"yesterday\""},
      {R"({"trainingInput":{"scaleTier":"basic"}})",
       "Invalid value at 'job.training_input.scale_tier' "
       "(type.googleapis.com/mlengine.ml.v1.TrainingInput.ScaleTier), \"basic\""},
      {R"({"trainingInput":{"scaleTier":99}})", "TrainingInput.ScaleTier), 99"},
      {R"({"trainingInput":{"enableWebAccess":"no"}})", "(TYPE_BOOL), \"no\""},
      {R"({"trainingInput":"x"})", "(type.googleapis.com/mlengine.ml.v1.TrainingInput), \"x\""},
      {R"({"trainingInput":{"args":"--a"}})", "(a list of TYPE_STRING), \"--a\""},
      {R"({"trainingInput":{"args":["a",2]}})",
       "Invalid value at 'job.training_input.args[1]' (TYPE_STRING), 2"},
      {R"({"trainingInput":{"args":[null]}})", "args[0]' (TYPE_STRING), null"},
      {R"({"jobId":["a"]})",
       "Unknown name \"job_id\" at 'job': Proto field is not repeating, cannot start list."},
      {R"({"jobId":{"a":1}})", "(TYPE_STRING), an object"},
      {R"({"labels":{"a":"b","c":5}})", "Invalid value at 'job.labels[1].value' (TYPE_STRING), 5"},
      {R"({"labels":["a"]})", "Invalid value at 'job.labels' (a map), a list"},
      {R"({"etag":"!!"})", "(TYPE_BYTES), \"!!\""},
      {R"({"trainingOutput":{"consumedMLUnits":"much"}})", "(TYPE_DOUBLE), \"much\""},
      {R"({"jobId":"a","job_id":"b"})",
       "Unknown name \"job_id\" at 'job': The field is given twice"},
      {"[]", "Invalid value at 'job' (type.googleapis.com/mlengine.ml.v1.Job), a list"},
      {"null", "(type.googleapis.com/mlengine.ml.v1.Job), null"},
  };
  for (const auto& [text, message] : table) {
    Job job;
    const Status status = FromJson(text, job, "job");
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(status.message(), HasSubstr(message)) << text;
    EXPECT_EQ(status.violations().size(), 1U) << text;
  }
}

TEST(FromJsonTest, ShowsThePlaceOfBadSyntax) {
  Job job;
  EXPECT_EQ(FromJson("{\n  \"jobId\": job1\n}", job, "job").message(),
            "Invalid JSON payload received. Unexpected token.\n  \"jobId\": job1\n           ^");
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "Unexpected end of string."},
      {"{", "Unexpected end of string."},
      {R"({"jobId":"a)", "Unexpected end of string."},
      {R"({"jobId":"a",})", "Unexpected token."},
      {R"({'jobId':"a"})", "Unexpected token."},
      {R"({"labels":{},} )", "Unexpected token."},
      {R"({/* c */"jobId":"a"})", "Unexpected token."},
      {R"({"trainingInput":{"workerCount":01}})", "Unexpected token."},
      {R"({"trainingInput":{"workerCount":NaN}})", "Unexpected token."},
      {R"({"trainingOutput":{"consumedMLUnits":1e999}})", "Number out of range."},
      {R"({"jobId":"a"} x)", "Expected the end of the text."},
      {R"({"jobId":"a"}{})", "Expected the end of the text."},
      {R"({"jobId":"a","jobId":"b"})", "Duplicate name \"jobId\"."},
      {R"({"labels":{"k":"1","\u006b":"2"}})", "Duplicate name \"k\"."},
      {"{\"jobId\":\"\xC3\"}", "Encountered non UTF-8 code points."},
      {"{\"jobId\":\"\xED\xA0\x80\"}", "Encountered non UTF-8 code points."},
      {R"({"jobId":"\ud800"})", "Unexpected token."},
      {"{\"jobId\":\"a\nb\"}", "Unexpected token."},
  };
  for (const auto& [text, message] : table) {
    const Status status = FromJson(text, job, "job");
    EXPECT_THAT(status.message(), StartsWith("Invalid JSON payload received. " + message)) << text;
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << text;
  }
}

TEST(FromJsonTest, BoundsDepthAndViolations) {
  Job job;
  const std::string deep = std::string(kJsonDepthLimit + 1, '[') + std::string(33, ']');
  EXPECT_THAT(FromJson(deep, job).message(), HasSubstr("Message too deep."));
  EXPECT_THAT(FromJson(std::string(1U << 20, '['), job).message(), HasSubstr("Message too deep."));
  EXPECT_TRUE(ParseStrictJson(std::string(kJsonDepthLimit, '[') + std::string(32, ']')).ok());

  std::string many = "{\"x\":1";
  for (int i = 0; i < 1000; ++i) many += ",\"n" + std::to_string(i) + "\":0";
  const Status status = FromJson(many + "}", job, "job");
  ASSERT_EQ(status.violations().size(), kViolationLimit + 1U);
  EXPECT_EQ(status.violations().back().description, "And 951 more places.");
}

TEST(FromJsonTest, CutsLongValuesBetweenCharacters) {
  Job job;
  std::string korean;
  for (int i = 0; i < 100; ++i) korean += "한";
  const Status status = FromJson("{\"state\":\"" + korean + "\"}", job, "job");
  EXPECT_EQ(ValidUtf8Prefix(status.message()), status.message().size());
  EXPECT_LT(status.message().size(), 200U);
}

TEST(ToJsonTest, WritesAsTheOriginalDoes) {
  EXPECT_EQ(ToJson(Job()), "{}");
  Job job;
  job.set_job_id("j");
  job.set_state(Job::QUEUED);
  job.mutable_create_time()->set_seconds(1514862245);
  job.mutable_training_input()->set_worker_count(5);
  job.mutable_training_input()->set_scale_tier(ml::v1::TrainingInput::BASIC);
  job.mutable_training_input()->mutable_scheduling()->mutable_max_wait_time()->set_seconds(3600);
  job.mutable_training_output()->set_consumed_ml_units(0.04);
  EXPECT_EQ(
      ToJson(job),
      R"({"createTime":"2018-01-02T03:04:05Z","jobId":"j","state":"QUEUED",)"
      R"("trainingInput":{"scaleTier":"BASIC","scheduling":{"maxWaitTime":"3600s"},"workerCount":"5"},)"
      R"("trainingOutput":{"consumedMLUnits":0.04}})");
  Job back;
  ASSERT_TRUE(FromJson(ToJson(job), back).ok());
  EXPECT_EQ(back.SerializeAsString(), job.SerializeAsString());
}

TEST(ToJsonTest, SortsMaps) {
  Job job;
  for (const char* key : {"q", "b", "z", "a", "m", "c"}) (*job.mutable_labels())[key] = "";
  EXPECT_EQ(ToJson(job), R"({"labels":{"a":"","b":"","c":"","m":"","q":"","z":""}})");
}

// Bytes changed, doubled and cut at random: every answer is a value or INVALID_ARGUMENT in valid
// UTF-8, and what is accepted survives the way out and in again.
TEST(FromJsonTest, SurvivesMutatedBytes) {
  std::mt19937 random(20170308);  // NOLINT(cert-msc32-c,cert-msc51-cpp): reproducible on purpose
  const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const std::string alphabet = "{}[]\":,0123456789eE+-.\\ntfu\xC3\xED\x80\xFF /*'";
  int accepted = 0;
  for (int round = 0; round < 3'000; ++round) {
    std::string text = kCreate;
    for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
      const std::size_t at = below(text.size());
      switch (below(4)) {
        case 0:
          text[at] = alphabet[below(alphabet.size())];
          break;
        case 1:
          text.erase(at, 1 + below(8));
          break;
        case 2:
          text.insert(at, text.substr(below(text.size()), below(24)));
          break;
        default:
          text.insert(at, 1, alphabet[below(alphabet.size())]);
      }
    }
    Job job;
    const Status status = FromJson(text, job, "job");
    if (status.ok()) {
      ++accepted;
      Job back;
      ASSERT_TRUE(FromJson(ToJson(job), back).ok()) << text;
    } else {
      ASSERT_EQ(status.code(), StatusCode::kInvalidArgument) << text;
      ASSERT_EQ(ValidUtf8Prefix(status.message()), status.message().size()) << text;
    }
  }
  EXPECT_GT(accepted, 30);  // the mutations reach beyond the parser
}

TEST(JsonTest, OperationsCarryTheTypesThatClientsKnow) {
  ml::v1::Operation operation;
  ml::v1::OperationMetadata metadata;
  metadata.set_operation_type(ml::v1::OperationMetadata::CREATE_VERSION);
  metadata.set_project_number(123);
  PackAny(metadata, *operation.mutable_metadata());
  ml::v1::Version version;
  version.set_name("projects/p/models/m/versions/v");
  PackAny(version, *operation.mutable_response());
  EXPECT_EQ(ToJson(operation),
            R"({"metadata":{"@type":"type.googleapis.com/google.cloud.ml.v1.OperationMetadata",)"
            R"("operationType":"CREATE_VERSION","projectNumber":"123"},)"
            R"("response":{"@type":"type.googleapis.com/google.cloud.ml.v1.Version",)"
            R"("name":"projects/p/models/m/versions/v"}})");
  PackAny(google::protobuf::Empty(), *operation.mutable_response());
  operation.clear_metadata();
  EXPECT_EQ(ToJson(operation),
            R"({"response":{"@type":"type.googleapis.com/google.protobuf.Empty"}})");
}

TEST(Utf8Test, ReplacesWhatIsNotValid) {
  EXPECT_EQ(ToValidUtf8("한글 é \xF0\x9F\x98\x80"), "한글 é \xF0\x9F\x98\x80");
  EXPECT_EQ(ToValidUtf8("a\xFF\xFEz"), "a\xEF\xBF\xBD\xEF\xBF\xBDz");
  for (const char* bad : {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                          "\xE2\x82", "\xF5\x80\x80\x80", "\x80"}) {
    EXPECT_EQ(ValidUtf8Prefix(bad), 0U) << bad;
  }
}

}  // namespace
}  // namespace mlengine::wire
