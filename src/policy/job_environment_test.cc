#include "policy/job_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace mlengine::policy {
namespace {

engine::v1::JobRecord Record(const std::string& runtime_version) {
  engine::v1::JobRecord record;
  record.set_project("p1");
  record.mutable_job()->set_job_id("j1");
  ml::v1::TrainingInput& input = *record.mutable_job()->mutable_training_input();
  input.set_python_module("trainer.task");
  input.add_args("--epochs");
  input.set_job_dir("gs://b/j1");
  input.set_runtime_version(runtime_version);
  record.add_attempts()->set_launch_token("secret-token");
  record.mutable_attempts(0)->add_replicas()->set_role("master");
  return record;
}

boost::json::object Config(const engine::v1::JobRecord& record, const std::string& framework) {
  return boost::json::parse(ServiceTfConfig(record, record.attempts(0).replicas(0), framework))
      .as_object();
}

TEST(PrimaryTaskType, FollowsTheRequestedVersionThenTheFramework) {
  const struct {
    const char* requested;
    const char* framework;
    bool chief_asked;
    const char* expected;
  } cases[] = {
      {"1.4", "TensorFlow 2.19.1", false, "master"},
      {"1.15", "", false, "master"},
      {"2.1", "TensorFlow 2.19.1", false, "chief"},
      {"", "TensorFlow 1.15.5", false, "master"},
      {"", "TensorFlow 2.19.1", false, "chief"},
      {"", "", false, "chief"},
      {"1.4", "", true, "chief"},
  };
  for (const auto& c : cases) {
    ml::v1::TrainingInput input;
    input.set_runtime_version(c.requested);
    input.set_use_chief_in_tf_config(c.chief_asked);
    EXPECT_EQ(PrimaryTaskType(input, c.framework), c.expected) << c.requested << c.framework;
  }
}

TEST(ServiceTfConfig, HasTheServicesShape) {
  const boost::json::object config = Config(Record("1.4"), "TensorFlow 2.19.1");
  EXPECT_EQ(config.at("environment"), "cloud");
  EXPECT_EQ(boost::json::serialize(config.at("cluster")), R"({"master":["127.0.0.1:2222"]})");
  EXPECT_EQ(config.at("task").at("type"), "master");
  EXPECT_EQ(config.at("task").at("index"), 0);
  EXPECT_EQ(config.at("job").at("python_module"), "trainer.task");
  EXPECT_EQ(config.at("job").at("job_dir"), "gs://b/j1");
  EXPECT_THAT(std::string(config.at("task").at("cloud").as_string()),
              testing::MatchesRegex("w[0-9a-f]{16}-ml"));
}

TEST(JobEnvironment, TellsTheJobAndPassesOnlyWhatIsListed) {
  const engine::v1::JobRecord record = Record("");
  JobPlace place{"http://127.0.0.1:8650", "TensorFlow 2.19.1", "/r/bin/python3", {}};
  place.server_environment = {
      {"PATH", "/usr/bin"}, {"AWS_SECRET_ACCESS_KEY", "x"}, {"NO_PROXY", "intern"}};
  const auto environment = JobEnvironment(record, record.attempts(0).replicas(0), place);
  EXPECT_EQ(environment.at("PATH"), "/r/bin:/usr/bin");
  EXPECT_EQ(environment.at("CLOUD_ML_JOB_ID"), "j1");
  EXPECT_EQ(environment.at("CLOUD_STORAGE_EMULATOR_ENDPOINT"), "http://127.0.0.1:8650");
  EXPECT_EQ(environment.at("NO_PROXY"), "intern,127.0.0.1,localhost");
  EXPECT_EQ(environment.at("PYTHONUNBUFFERED"), "1");
  EXPECT_FALSE(environment.contains("AWS_SECRET_ACCESS_KEY"));
  for (const auto& [name, value] : environment)
    EXPECT_THAT(value, testing::Not(testing::HasSubstr("secret-token"))) << name;
}

}  // namespace
}  // namespace mlengine::policy
