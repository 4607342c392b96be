#include "policy/model_validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::policy {
namespace {

using ml::v1::Model;
using ml::v1::Version;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::optional<std::vector<std::string>> PythonVersions(const std::string& runtime) {
  if (runtime == "1.2") return std::vector<std::string>{"2.7"};
  if (runtime == "1.15") return std::vector<std::string>{"2.7", "3.7"};
  return std::nullopt;
}

Version Good() {
  Version version;
  version.set_name("v1");
  version.set_deployment_uri("gs://bkt/model");
  version.set_runtime_version("1.15");
  return version;
}

Status Check(const Version& version) {
  return ValidateNewVersion(version, PythonVersions);
}

std::vector<std::string> Fields(const Status& status) {
  std::vector<std::string> fields;
  for (const FieldViolation& violation : status.violations()) fields.push_back(violation.field);
  return fields;
}

TEST(ModelValidationTest, AModelNeedsANameAndOneRegionAtMost) {
  Model model;
  EXPECT_THAT(Fields(ValidateNewModel(model)), ElementsAre("model.name"));
  model.set_name("m_1");
  EXPECT_TRUE(ValidateNewModel(model).ok());
  model.set_name("projects/p/models/m");
  model.add_regions("us-central1");
  model.add_regions("us-east1");
  (*model.mutable_labels())["Upper"] = "x";
  EXPECT_THAT(Fields(ValidateNewModel(model)),
              ElementsAre("model.name", "model.regions", "model.labels"));
  model.clear_regions();
  model.add_regions("mars");
  EXPECT_THAT(ValidateNewModel(model).message(), HasSubstr("\"mars\" is not a region"));
}

TEST(ModelValidationTest, AllThatIsWrongWithAVersionIsToldAtOnce) {
  Version version;
  version.set_name("1v");
  version.set_deployment_uri("/local/folder");
  version.set_runtime_version("9.9");
  version.set_python_version("three");
  version.set_machine_type("toaster");
  version.mutable_manual_scaling()->set_nodes(0);
  version.mutable_auto_scaling()->set_min_nodes(-1);
  version.mutable_container()->set_image("x");
  const Status status = Check(version);
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(
      Fields(status),
      ElementsAre("version.name", "version.deployment_uri", "version.python_version",
                  "version.runtime_version", "version.machine_type", "version.manual_scaling.nodes",
                  "version.manual_scaling", "version.auto_scaling.min_nodes", "version.container"));
}

TEST(ModelValidationTest, WhatIsNotBuiltIsSaidByName) {
  Version version = Good();
  EXPECT_TRUE(Check(version).ok());
  version.mutable_accelerator_config()->set_count(1);
  version.set_service_account("me@x");
  const Status status = Check(version);
  EXPECT_EQ(status.code(), StatusCode::kUnimplemented);
  EXPECT_THAT(Fields(status), ElementsAre("version.accelerator_config", "version.service_account"));
}

TEST(ModelValidationTest, FrameworksAndOwnCodeNeedRuntime14) {
  Version version = Good();
  version.set_runtime_version("1.2");
  EXPECT_TRUE(Check(version).ok());
  version.set_framework(Version::XGBOOST);
  EXPECT_THAT(Check(version).message(), HasSubstr("XGBOOST needs runtime version 1.4 or above"));
  version.set_framework(Version::TENSORFLOW);
  EXPECT_TRUE(Check(version).ok());
  version.add_package_uris("gs://bkt/p.tar.gz");
  EXPECT_THAT(Check(version).message(), HasSubstr("Own code needs runtime version 1.4"));
}

TEST(ModelValidationTest, APredictionClassComesWithAPackageAndWithoutAFramework) {
  Version version = Good();
  version.set_prediction_class("predictor.Predictor");
  EXPECT_THAT(Fields(Check(version)), ElementsAre("version.package_uris"));
  version.add_package_uris("gs://bkt/p.tar.gz");
  EXPECT_TRUE(Check(version).ok());
  version.set_framework(Version::TENSORFLOW);
  EXPECT_THAT(Fields(Check(version)), ElementsAre("version.framework"));
  version.set_prediction_class("nodots");
  EXPECT_THAT(Fields(Check(version)), ElementsAre("version.prediction_class", "version.framework"));
}

TEST(ModelValidationTest, MachinesOfBothKinds) {
  Version version = Good();
  for (const char* name : {"", "mls1-c1-m2", "mls1-c4-m4", "mls1-highcpu-4", "n1-standard-4"}) {
    version.set_machine_type(name);
    EXPECT_TRUE(Check(version).ok()) << name;
  }
  for (const char* name : {"standard", "a2-highgpu-1g", "MLS1-C1-M2"}) {
    version.set_machine_type(name);
    EXPECT_FALSE(Check(version).ok()) << name;
  }
}

TEST(ModelValidationTest, ScalingIsWithinBounds) {
  Version version = Good();
  version.mutable_auto_scaling()->set_min_nodes(2);
  EXPECT_TRUE(Check(version).ok());
  version.mutable_auto_scaling()->set_max_nodes(1);
  version.mutable_auto_scaling()->add_metrics()->set_target(101);
  EXPECT_THAT(Fields(Check(version)),
              ElementsAre("version.auto_scaling.max_nodes", "version.auto_scaling.metrics[0].name",
                          "version.auto_scaling.metrics[0].target"));
  version.clear_auto_scaling();
  version.mutable_manual_scaling()->set_nodes(1001);
  EXPECT_THAT(Fields(ValidateChangedVersion(version)), ElementsAre("version.manual_scaling.nodes"));
}

TEST(ModelValidationTest, LongTextsAreRefused) {
  Model model;
  model.set_name(std::string(129, 'm'));
  model.set_description(std::string(8193, 'd'));
  EXPECT_THAT(Fields(ValidateNewModel(model)), ElementsAre("model.name", "model.description"));
  EXPECT_THAT(Fields(ValidateChangedModel(model)), ElementsAre("model.description"));
}

TEST(ModelValidationTest, OutputFieldsAreTakenOut) {
  Version version = Good();
  version.set_state(Version::READY);
  version.set_is_default(true);
  version.set_error_message("x");
  version.mutable_create_time()->set_seconds(1);
  ClearOutputFields(version);
  EXPECT_EQ(version.SerializeAsString(), Good().SerializeAsString());
}

}  // namespace
}  // namespace mlengine::policy
