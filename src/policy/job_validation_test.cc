#include "policy/job_validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/regions.h"
#include "policy/training_paths.h"

namespace mlengine::policy {
namespace {

using ml::v1::Job;
using ml::v1::TrainingInput;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::optional<std::vector<std::string>> PythonVersions(const std::string& runtime) {
  if (runtime == "1.4") return std::vector<std::string>{"2.7", "3.5"};
  if (runtime == "system") return std::vector<std::string>{};
  return std::nullopt;
}

Job GoodJob() {
  Job job;
  job.set_job_id("job3");
  TrainingInput& input = *job.mutable_training_input();
  input.add_args("--epochs");
  input.set_job_dir("gs://bkt/jobs/job3");
  input.add_package_uris("gs://bkt/jobs/job3/packages/ac8c/trainer-0.0.0.tar.gz");
  input.set_python_module("trainer.task");
  input.set_region("us-central1");
  input.set_runtime_version("1.4");
  return job;
}

Status Validate(const Job& job) {
  return ValidateNewJob(job, PythonVersions);
}

using Change = std::function<void(Job&, TrainingInput&)>;
struct Case {
  Change change;
  std::string field;
  std::string text;
};

Status AfterChange(const Change& change) {
  Job job = GoodJob();
  change(job, *job.mutable_training_input());
  return Validate(job);
}

TEST(ValidateNewJobTest, AcceptsWhatTheEngineRuns) {
  EXPECT_TRUE(Validate(GoodJob()).ok()) << Validate(GoodJob()).ToString();
  const std::vector<Change> changes = {
      [](Job&, TrainingInput& in) { in.set_scale_tier(TrainingInput::BASIC); },
      [](Job&, TrainingInput& in) { in.set_enable_web_access(false); },
      [](Job&, TrainingInput& in) { in.set_worker_count(0); },
      [](Job&, TrainingInput& in) { in.mutable_scheduling(); },
      [](Job&, TrainingInput& in) { in.mutable_scheduling()->mutable_max_wait_time(); },
      [](Job&, TrainingInput& in) { in.mutable_master_config()->mutable_accelerator_config(); },
      [](Job& job, TrainingInput&) { job.mutable_prediction_input(); },
      [](Job&, TrainingInput& in) { in.set_use_chief_in_tf_config(true); },
      [](Job&, TrainingInput& in) { in.clear_runtime_version(); },
      [](Job&, TrainingInput& in) { in.set_python_version("3.5"); },
      [](Job&, TrainingInput& in) {
        in.set_runtime_version("system");
        in.set_python_version("3.99");
      },
      [](Job&, TrainingInput& in) { in.clear_job_dir(); },
      [](Job&, TrainingInput& in) { in.set_job_dir("gs://jybaek_cloudml_test/"); },
      [](Job&, TrainingInput& in) { in.add_args("--name=한글 \n"); },
      [](Job& job, TrainingInput&) { (*job.mutable_labels())["team"] = ""; },
      [](Job& job, TrainingInput&) { job.set_job_id(std::string(128, 'a')); },
      [](Job& job, TrainingInput&) {
        job.set_state(Job::FAILED);
        job.mutable_training_output()->set_completed_trial_count(3);
      },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    EXPECT_TRUE(AfterChange(changes[i]).ok()) << i << ": " << AfterChange(changes[i]).ToString();
  }
}

TEST(ValidateNewJobTest, NamesTheWrongField) {
  const std::string in = "job.training_input.";
  const std::vector<Case> cases = {
      {[](Job& j, TrainingInput&) { j.clear_job_id(); }, "job.job_id", "is required"},
      {[](Job& j, TrainingInput&) { j.set_job_id("bad-id"); }, "job.job_id", "\"bad-id\""},
      {[](Job& j, TrainingInput&) { j.set_job_id("1st"); }, "job.job_id", "a letter"},
      {[](Job& j, TrainingInput&) { j.set_job_id("a/../b"); }, "job.job_id", "a letter"},
      {[](Job& j, TrainingInput&) { j.set_job_id(std::string(129, 'a')); }, "job.job_id", "128"},
      {[](Job& j, TrainingInput&) { j.clear_training_input(); }, "job.training_input", "required"},
      {[](Job& j, TrainingInput&) { j.mutable_prediction_input()->set_uri("gs://b/m"); }, "job",
       "Only one of"},
      {[](Job&, TrainingInput& t) { t.clear_python_module(); }, in + "python_module", "required"},
      {[](Job&, TrainingInput& t) { t.set_python_module("trainer/task.py"); }, in + "python_module",
       "trainer.task"},
      {[](Job&, TrainingInput& t) { t.set_python_module("-c"); }, in + "python_module", "-c"},
      {[](Job&, TrainingInput& t) { t.set_python_module("a..b"); }, in + "python_module", "a..b"},
      {[](Job&, TrainingInput& t) { t.clear_package_uris(); }, in + "package_uris",
       "Non-custom jobs must have packages."},
      {[](Job&, TrainingInput& t) {
         for (int i = 0; i < 100; ++i) t.add_package_uris("gs://bkt/p.tar.gz");
       },
       in + "package_uris", "At most 100 packages may be given, not 101."},
      {[](Job&, TrainingInput& t) { t.add_package_uris("/home/me/p.tar.gz"); },
       in + "package_uris[1]", "gs://BUCKET/OBJECT"},
      {[](Job&, TrainingInput& t) { t.add_package_uris("gs://bkt"); }, in + "package_uris[1]",
       "names no file"},
      {[](Job&, TrainingInput& t) { t.add_package_uris("gs://../x.tar.gz"); },
       in + "package_uris[1]", "no valid bucket"},
      {[](Job&, TrainingInput& t) { t.set_job_dir("out"); }, in + "job_dir", "gs://BUCKET/OBJECT"},
      {[](Job&, TrainingInput& t) { t.set_job_dir("gs://Bkt/x"); }, in + "job_dir", "bucket"},
      {[](Job&, TrainingInput& t) { t.clear_region(); }, in + "region", "required"},
      {[](Job&, TrainingInput& t) { t.set_region("mars1"); }, in + "region", "asia-east1"},
      {[](Job&, TrainingInput& t) { t.set_region("us-central1-a"); }, in + "region",
       "is a zone; give its region, us-central1."},
      {[](Job&, TrainingInput& t) { t.set_runtime_version("9.9"); }, "runtime_version",
       "The specified runtime version '9.9' with the Python version '' is not supported"},
      {[](Job&, TrainingInput& t) { t.set_python_version("3.7"); }, "runtime_version",
       "The specified runtime version '1.4' with the Python version '3.7' is not supported or is "
       "deprecated. Please specify a different runtime version. See `mlengine runtimes list`; "
       "runtime version 1.4 runs Python 2.7 or 3.5."},
      {[](Job&, TrainingInput& t) { t.set_python_version("three"); }, in + "python_version",
       "\"three\""},
      {[](Job&, TrainingInput& t) { t.add_args(std::string("a\0b", 3)); }, in + "args[1]", "NUL"},
      {[](Job&, TrainingInput& t) { t.add_args(std::string(128 << 10, 'a')); }, in + "args[1]",
       "128 KiB"},
      {[](Job&, TrainingInput& t) { t.set_worker_count(-1); }, in + "worker_count", "negative"},
      {[](Job&, TrainingInput& t) { t.mutable_scheduling()->set_priority(1001); },
       in + "scheduling.priority", "0 to 1000"},
      {[](Job&, TrainingInput& t) {
         t.mutable_scheduling()->mutable_max_wait_time()->set_seconds(60);
       },
       in + "scheduling.max_wait_time", "at least 1800s"},
      {[](Job&, TrainingInput& t) {
         t.mutable_scheduling()->mutable_max_running_time()->set_seconds(-1);
       },
       in + "scheduling.max_running_time", "positive"},
      {[](Job& j, TrainingInput&) { (*j.mutable_labels())["Team"] = "x"; }, "job.labels", "Team"},
      {[](Job& j, TrainingInput&) { (*j.mutable_labels())["1a"] = "x"; }, "job.labels", "1a"},
      {[](Job& j, TrainingInput&) { (*j.mutable_labels())["a"] = "X y"; }, "job.labels", "X y"},
      {[](Job& j, TrainingInput&) { (*j.mutable_labels())["a"] = std::string(64, 'x'); },
       "job.labels", "63"},
      {[](Job& j, TrainingInput&) {
         for (int i = 0; i < 65; ++i) (*j.mutable_labels())["k" + std::to_string(i)] = "";
       },
       "job.labels", "At most 64 labels may be given, not 65."},
  };
  for (const Case& c : cases) {
    const Status status = AfterChange(c.change);
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << c.field << " " << c.text;
    EXPECT_THAT(status.message(), HasSubstr("Field: " + c.field + " Error: "));
    EXPECT_THAT(status.violations(), Contains(::testing::FieldsAre(c.field, HasSubstr(c.text))))
        << status.ToString();
  }
}

TEST(ValidateNewJobTest, RefusesByNameWhatIsNotBuilt) {
  const std::string in = "job.training_input.";
  const std::vector<Case> cases = {
      {[](Job&, TrainingInput& t) { t.mutable_hyperparameters()->set_max_trials(4); },
       in + "hyperparameters.max_trials", ""},
      {[](Job&, TrainingInput& t) { t.mutable_master_config()->set_tpu_tf_version("2.1"); },
       in + "master_config.tpu_tf_version", ""},
      {[](Job&, TrainingInput& t) {
         t.mutable_master_config()->set_image_uri("gcr.io/p/i");
         t.clear_package_uris();
         t.clear_python_module();
       },
       in + "master_config.image_uri", ""},
      {[](Job&, TrainingInput& t) { t.set_network("projects/1/global/networks/n"); },
       in + "network", ""},
      {[](Job&, TrainingInput& t) { t.set_service_account("a@b"); }, in + "service_account", ""},
      {[](Job&, TrainingInput& t) { t.mutable_encryption_config()->set_kms_key_name("k"); },
       in + "encryption_config.kms_key_name", ""},
      {[](Job&, TrainingInput& t) { t.set_enable_web_access(true); }, in + "enable_web_access", ""},
  };
  for (const Case& c : cases) {
    const Status status = AfterChange(c.change);
    EXPECT_EQ(status.code(), StatusCode::kUnimplemented) << c.field;
    EXPECT_THAT(status.violations(), ElementsAre(::testing::FieldsAre(c.field, HasSubstr(c.text))))
        << status.ToString();
  }
}

TEST(ValidateNewJobTest, ReportsEverythingAtOnce) {
  Job job;
  job.set_job_id("bad-id");
  job.mutable_training_input()->set_scale_tier(TrainingInput::CUSTOM);
  const Status status = Validate(job);
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(status.violations(),
              ElementsAre(Field(&FieldViolation::field, "job.job_id"),
                          Field(&FieldViolation::field, "job.training_input.python_module"),
                          Field(&FieldViolation::field, "job.training_input.package_uris"),
                          Field(&FieldViolation::field, "job.training_input.region"),
                          Field(&FieldViolation::field, "job.training_input.master_type")));
  EXPECT_THAT(status.message(),
              HasSubstr("\nField: job.training_input.region Error: The region to run the job in is "
                        "required.\n"));
}

TEST(ClearOutputFieldsTest, LeavesOnlyWhatACallerMaySet) {
  Job job = GoodJob();
  (*job.mutable_labels())["a"] = "b";
  const std::string wanted = job.SerializeAsString();
  job.set_state(Job::SUCCEEDED);
  job.set_error_message("x");
  job.set_etag("x");
  job.set_job_position(3);
  job.mutable_create_time()->set_seconds(1);
  job.mutable_start_time()->set_seconds(1);
  job.mutable_end_time()->set_seconds(1);
  job.mutable_training_output();
  job.mutable_prediction_output();
  ClearOutputFields(job);
  EXPECT_EQ(job.SerializeAsString(), wanted);
}

TEST(NamesTest, ProjectIdsAreNeverPaths) {
  for (const char* good : {"p", "default", "my-proj-1", "example.com:proj", "a_b", "0"})
    EXPECT_TRUE(IsProjectId(good)) << good;
  for (const std::string bad : {"", ".", "..", "../x", "a/b", "A", "-a", "a b", "한", "a\n"})
    EXPECT_FALSE(IsProjectId(bad)) << bad;
  EXPECT_FALSE(IsProjectId(std::string("a\0b", 3)));
  EXPECT_FALSE(IsProjectId(std::string(64, 'a')));
}

TEST(RegionsTest, KnowsRegionsAndZones) {
  EXPECT_TRUE(IsTrainingRegion("us-central1"));
  EXPECT_FALSE(IsTrainingRegion("global"));
  EXPECT_EQ(RegionOfZone("europe-west4-c"), "europe-west4");
  EXPECT_EQ(RegionOfZone("us-central1"), "");
  EXPECT_EQ(RegionOfZone("mars1-a"), "");
}

TEST(TrainingPathsTest, TakesTheFormsOfTheOriginal) {
  EXPECT_THAT(CheckPackageUri("gs://stg/c183/c0c1/trainer 0.0.0.tar.gz"), IsEmpty());
  EXPECT_THAT(CheckPackageUri("gs://stg/dir/"), HasSubstr("names no file"));
  EXPECT_THAT(CheckJobDir("gs://stg"), IsEmpty());
  EXPECT_THAT(CheckJobDir("gs://s\n/x"), HasSubstr("no valid bucket"));
  EXPECT_THAT(CheckJobDir("gs://stg/a\nb"), HasSubstr("line break"));
  EXPECT_THAT(CheckJobDir("gs://stg/" + std::string(1025, 'a')), HasSubstr("1024"));
  EXPECT_THAT(CheckPythonModule("speech_commands.train"), IsEmpty());
  EXPECT_THAT(CheckPythonModule("my-pkg.task"), IsEmpty());
}

}  // namespace
}  // namespace mlengine::policy
