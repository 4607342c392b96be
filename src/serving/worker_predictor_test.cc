#include "serving/worker_predictor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serving/python_model.h"

namespace mlengine::serving {
namespace {

using ml::v1::Version;
using tensors::Prediction;
using testing::HasSubstr;

AskWorker Says(std::uint32_t fault, const std::string& text) {
  return [=](std::string_view) -> Result<Prediction> { return Prediction{fault, text}; };
}

TEST(WorkerPredictorTest, TheBodyGoesAsItCameAndTheAnswerComesInItsFrame) {
  const std::string body = R"({"instances": [[1, 2.50]], "k": "ü"})";
  std::string seen;
  const auto answer = PredictByWorker(body, [&seen](std::string_view sent) -> Result<Prediction> {
    seen = sent;
    return Prediction{0, "[1.0, NaN]"};
  });
  EXPECT_EQ(*answer, "{\"predictions\": [1.0, NaN]}");
  EXPECT_EQ(seen, body);
}

TEST(WorkerPredictorTest, WhatTheModelRefusesIsSaidAsTheOriginalSaidIt) {
  const char* body = R"({"instances": [1]})";
  EXPECT_EQ(*PredictByWorker(body, Says(2, "ValueError: no")),
            R"({"error":"Prediction failed: Failed to run the model: ValueError: no (Error code: 2)"})");
  EXPECT_THAT(*PredictByWorker(body, Says(4, "x")), HasSubstr("Invalid user code: x (Error code: 4)"));
  EXPECT_THAT(*PredictByWorker(body, Says(3, "\xff")), HasSubstr("(Error code: 3)"));
}

TEST(WorkerPredictorTest, AnAnswerThatIsNoTextIsNotPassedOn) {
  const char* body = R"({"instances": [1]})";
  EXPECT_THAT(*PredictByWorker(body, Says(0, "\xff\xfe")), HasSubstr("Invalid outputs"));
  EXPECT_THAT(*PredictByWorker(body, Says(0, "")), HasSubstr("Invalid outputs"));
}

TEST(WorkerPredictorTest, AWrongBodyDoesNotReachTheWorker) {
  const AskWorker never = [](std::string_view) -> Result<Prediction> {
    ADD_FAILURE();
    return Prediction{};
  };
  EXPECT_FALSE(PredictByWorker("{", never).ok());
  EXPECT_THAT(*PredictByWorker("[1]", never), HasSubstr("Invalid request sent"));
  EXPECT_THAT(*PredictByWorker("{}", never), HasSubstr("'instances' missing"));
  EXPECT_THAT(*PredictByWorker(R"({"instances": 1})", never), HasSubstr("instances is no list"));
  const auto failed =
      PredictByWorker(R"({"instances": []})", [](std::string_view) -> Result<Prediction> {
        return UnavailableError("gone");
      });
  EXPECT_EQ(failed.status(), UnavailableError("gone"));
}

HasFile Files(std::vector<std::string> names) {
  return [names = std::move(names)](std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
}

TEST(PythonModelTest, IsToldByFrameworkClassAndFiles) {
  Version version;
  EXPECT_EQ(PythonModelOf(version, Files({"model.pt"})), PythonModel::kPyTorch);
  EXPECT_EQ(PythonModelOf(version, Files({"model.onnx"})), PythonModel::kOnnx);
  EXPECT_EQ(PythonModelOf(version, Files({"x"})), PythonModel::kNone);
  version.set_framework(Version::TENSORFLOW);
  EXPECT_EQ(PythonModelOf(version, Files({"model.pt"})), PythonModel::kNone);
  version.set_framework(Version::XGBOOST);
  EXPECT_EQ(PythonModelOf(version, Files({})), PythonModel::kXgboost);
}

TEST(PythonModelTest, WhatRunsCodeOfItsOwnIsRefusedWithTheCommandThatAllowsIt) {
  Version version;
  const auto check = [&version](std::vector<std::string> files) {
    return CheckCodeAllowed("p", version, Files(std::move(files)));
  };
  EXPECT_TRUE(check({"model.onnx"}).ok());
  version.set_framework(Version::XGBOOST);
  EXPECT_TRUE(check({"model.bst"}).ok());
  const Status pickle = check({"model.pkl"});
  EXPECT_EQ(pickle.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(pickle.message(), HasSubstr("model.pkl is a pickle"));
  EXPECT_THAT(pickle.message(),
              HasSubstr("mlengine quotas set python-models unlimited --project=p"));
  ASSERT_EQ(pickle.violations().size(), 1U);
  EXPECT_EQ(pickle.violations()[0].field, "version.deployment_uri");
  version.add_package_uris("gs://b/p.tar.gz");
  EXPECT_THAT(check({"model.bst"}).message(), HasSubstr("version.package_uris"));
  version.clear_framework();
  version.set_prediction_class("m.C");
  EXPECT_THAT(check({}).message(), HasSubstr("version.prediction_class"));
  EXPECT_THAT(CheckCodeAllowed("default", version, Files({})).message(),
              testing::EndsWith("python-models unlimited"));
}

}  // namespace
}  // namespace mlengine::serving
