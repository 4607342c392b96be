#include "policy/prediction_validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/cluster.h"

namespace mlengine::policy {
namespace {

using ml::v1::Job;
using ml::v1::PredictionInput;
using testing::ElementsAre;

Job Good() {
  Job job;
  job.set_job_id("p1");
  PredictionInput& input = *job.mutable_prediction_input();
  input.set_model_name("projects/myproj/models/m1");
  input.set_data_format(PredictionInput::TEXT);
  input.add_input_paths("gs://bkt/in/*");
  input.set_output_path("gs://bkt/out");
  input.set_region("us-central1");
  return job;
}

std::optional<std::vector<std::string>> Known(const std::string& name) {
  if (name == "1.10") return std::vector<std::string>{"2.7"};
  return std::nullopt;
}

std::vector<std::string> WrongFields(const Job& job) {
  std::vector<std::string> fields;
  const Status status = ValidateNewJob(job, Known);
  for (const FieldViolation& one : status.violations()) fields.push_back(one.field);
  return fields;
}

TEST(PredictionValidation, TakesWhatGcloudSends) {
  EXPECT_TRUE(ValidateNewJob(Good(), Known).ok());
  Job job = Good();
  PredictionInput& input = *job.mutable_prediction_input();
  input.clear_model_name();
  input.set_uri("gs://bkt/model");
  input.set_runtime_version("1.10");
  input.set_signature_name("sig");
  input.set_data_format(PredictionInput::TF_RECORD_GZIP);
  input.set_output_data_format(PredictionInput::CSV);
  input.set_batch_size(10);
  input.set_max_worker_count(3);
  EXPECT_TRUE(ValidateNewJob(job, Known).ok());
}

TEST(PredictionValidation, NamesEveryWrongFieldAtOnce) {
  Job job;
  job.set_job_id("p1");
  PredictionInput& input = *job.mutable_prediction_input();
  input.set_version_name("projects/p/models/m");
  input.set_model_name("m");
  input.set_data_format(PredictionInput::CSV);
  input.set_output_data_format(PredictionInput::TF_RECORD);
  input.add_input_paths("gs://bkt/a*/b, bkt/c,gs://bkt");
  input.set_region("nowhere");
  input.set_batch_size(-1);
  input.set_max_worker_count(1001);
  input.set_runtime_version("77");
  EXPECT_THAT(
      WrongFields(job),
      ElementsAre("job.prediction_input.region", "job.prediction_input",
                  "job.prediction_input.model_name", "job.prediction_input.version_name",
                  "job.prediction_input.data_format", "job.prediction_input.output_data_format",
                  "job.prediction_input.input_paths[0]", "job.prediction_input.input_paths[1]",
                  "job.prediction_input.input_paths[2]", "job.prediction_input.output_path",
                  "job.prediction_input.batch_size", "job.prediction_input.max_worker_count",
                  "runtime_version"));
  EXPECT_EQ(ValidateNewJob(job, Known).code(), StatusCode::kInvalidArgument);
}

TEST(PredictionValidation, SplitsPathsAtCommas) {
  PredictionInput input;
  input.add_input_paths("gs://b/a, gs://b/c d ,,gs://b/e*");
  input.add_input_paths("gs://b/f");
  EXPECT_THAT(InputPathsOf(input), ElementsAre("gs://b/a", "gs://b/c d", "gs://b/e*", "gs://b/f"));
}

TEST(PredictionValidation, ReadsModelPaths) {
  const auto version = ParseModelPath("projects/p-1/models/m/versions/v2");
  ASSERT_TRUE(version);
  EXPECT_EQ(version->project, "p-1");
  EXPECT_EQ(version->model, "m");
  EXPECT_EQ(version->version, "v2");
  EXPECT_EQ(ParseModelPath("projects/p/models/m")->version, "");
  for (const char* wrong :
       {"", "m", "projects/p/models/", "projects/p/models/m/versions", "projects/p/models/m/",
        "projects/p/models/m/versions/v/x", "models/m", "projects/P!/models/m"}) {
    EXPECT_FALSE(ParseModelPath(wrong)) << wrong;
  }
}

TEST(PredictionValidation, ShapeHasAMasterAndWorkers) {
  EXPECT_EQ(ReplicaCount(PredictionShape("us-central1", "", 1)), 1);
  auto shape = PredictionShape("us-central1", "2.19", 3);
  EXPECT_EQ(ReplicaCount(shape), 3);
  const std::vector<ReplicaGroup> groups = ClusterOf(shape);
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[1].machine.name, "batch_prediction");
  EXPECT_EQ(groups[1].machine.vcpus, FindMachineType("standard")->vcpus);
  EXPECT_FALSE(FindMachineType(kBatchPredictionNode));  // no job can ask for it
  shape.set_master_type("standard");
  shape.set_worker_type("standard");
  Violations wrong;
  CheckCluster(shape, wrong);
  EXPECT_EQ(wrong.size(), 0U);
}

}  // namespace
}  // namespace mlengine::policy
