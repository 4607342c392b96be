#include "policy/job_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "policy/cluster.h"

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

// An attempt as the scheduler makes it: the groups in their order, ports from 7001.
engine::v1::JobRecord Attempt(const ml::v1::TrainingInput& input) {
  engine::v1::JobRecord record = Record(input.runtime_version());
  record.mutable_job()->mutable_training_input()->MergeFrom(input);
  record.mutable_attempts(0)->clear_replicas();
  int port = 7000;
  for (const ReplicaGroup& group : ClusterOf(input)) {
    for (int i = 0; i < group.count; ++i) {
      engine::v1::ReplicaRecord& replica = *record.mutable_attempts(0)->add_replicas();
      replica.set_role(group.role);
      replica.set_index(i);
      if (ReplicaCount(input) > 1 && group.role != "evaluator") replica.set_port(++port);
    }
  }
  return record;
}

std::string Addresses(int first, int count) {
  std::string out;
  for (int port = first; port < first + count; ++port)
    out += (out.empty() ? "\"127.0.0.1:" : ",\"127.0.0.1:") + std::to_string(port) + "\"";
  return "[" + out + "]";
}

TEST(ServiceTfConfig, EveryTierHasItsCluster) {
  using ml::v1::TrainingInput;
  struct Case {
    TrainingInput::ScaleTier tier;
    std::string runtime;
    std::string cluster;
  };
  const std::vector<Case> cases = {
      {TrainingInput::BASIC, "1.4", R"({"master":["127.0.0.1:2222"]})"},
      {TrainingInput::BASIC, "2.1", R"({"chief":["127.0.0.1:2222"]})"},
      {TrainingInput::STANDARD_1, "1.4",
       R"({"master":["127.0.0.1:7001"],"ps":)" + Addresses(7006, 3) + R"(,"worker":)" +
           Addresses(7002, 4) + "}"},
      {TrainingInput::STANDARD_1, "2.1",
       R"({"chief":["127.0.0.1:7001"],"ps":)" + Addresses(7006, 3) + R"(,"worker":)" +
           Addresses(7002, 4) + "}"},
      {TrainingInput::PREMIUM_1, "1.15",
       R"({"master":["127.0.0.1:7001"],"ps":)" + Addresses(7021, 11) + R"(,"worker":)" +
           Addresses(7002, 19) + "}"},
  };
  for (const Case& one : cases) {
    TrainingInput input;
    input.set_scale_tier(one.tier);
    input.set_runtime_version(one.runtime);
    const engine::v1::JobRecord record = Attempt(input);
    for (const auto& replica : record.attempts(0).replicas()) {
      const boost::json::object config =
          boost::json::parse(ServiceTfConfig(record, replica, "")).as_object();
      EXPECT_EQ(boost::json::serialize(config.at("cluster")), one.cluster) << replica.role();
      const bool chief = one.runtime[0] == '2';
      EXPECT_EQ(config.at("task").at("type").as_string(),
                replica.role() == "master" ? (chief ? "chief" : "master") : replica.role());
      EXPECT_EQ(config.at("task").at("index"), replica.index());
    }
  }
}

TEST(ServiceTfConfig, AnEvaluatorSeesTheClusterAndIsNotInIt) {
  ml::v1::TrainingInput input;
  input.set_scale_tier(ml::v1::TrainingInput::CUSTOM);
  input.set_master_type("standard");
  input.set_worker_type("standard");
  input.set_worker_count(1);
  input.set_evaluator_type("standard");
  input.set_evaluator_count(1);
  input.set_runtime_version("1.4");
  input.set_use_chief_in_tf_config(true);
  const engine::v1::JobRecord record = Attempt(input);
  const boost::json::object config =
      boost::json::parse(ServiceTfConfig(record, record.attempts(0).replicas(2), "")).as_object();
  EXPECT_EQ(boost::json::serialize(config.at("cluster")),
            R"({"chief":["127.0.0.1:7001"],"worker":["127.0.0.1:7002"]})");
  EXPECT_EQ(config.at("task").at("type"), "evaluator");
  EXPECT_EQ(config.at("job").at("scale_tier"), "CUSTOM");
  EXPECT_EQ(config.at("job").at("worker_count"), "1");
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
