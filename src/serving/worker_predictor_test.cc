#include "serving/worker_predictor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "serving/python_model.h"

namespace mlengine::serving {
namespace {

using ml::v1::Version;
using tensors::WorkerAnswer;
using testing::HasSubstr;

AskWorker Says(std::uint32_t fault, const std::string& text) {
  return [=](std::string_view) -> Result<WorkerAnswer> { return WorkerAnswer{fault, text}; };
}

TEST(WorkerPredictorTest, TheBodyGoesAsItCameAndTheAnswerComesInItsFrame) {
  const std::string body = R"({"instances": [[1, 2.50]], "k": "ü"})";
  std::string seen;
  const auto answer = PredictByWorker(body, [&seen](std::string_view sent) -> Result<WorkerAnswer> {
    seen = sent;
    return WorkerAnswer{0, "[1.0, NaN]"};
  });
  EXPECT_EQ(answer->body, "{\"predictions\": [1.0, NaN]}");
  EXPECT_EQ(seen, body);
}

TEST(WorkerPredictorTest, WhatTheModelRefusesIsSaidAsTheOriginalSaidIt) {
  const char* body = R"({"instances": [1]})";
  EXPECT_THAT(PredictByWorker(body, Says(2, "ValueError: no"))->body,
              HasSubstr("\"Prediction failed: Failed to run the model: ValueError: no "
                        "(Error code: 2)\""));
  EXPECT_THAT(PredictByWorker(body, Says(4, "x"))->body,
              HasSubstr("Invalid user code: x (Error code: 4)"));
  EXPECT_THAT(PredictByWorker(body, Says(3, "\xff"))->body, HasSubstr("(Error code: 3)"));
}

TEST(WorkerPredictorTest, AnAnswerThatIsNoTextIsNotPassedOn) {
  const char* body = R"({"instances": [1]})";
  EXPECT_THAT(PredictByWorker(body, Says(0, "\xff\xfe"))->body, HasSubstr("Invalid outputs"));
  EXPECT_THAT(PredictByWorker(body, Says(0, ""))->body, HasSubstr("Invalid outputs"));
}

TEST(WorkerPredictorTest, AWrongBodyDoesNotReachTheWorker) {
  const AskWorker never = [](std::string_view) -> Result<WorkerAnswer> {
    ADD_FAILURE();
    return WorkerAnswer{};
  };
  EXPECT_FALSE(PredictByWorker("{", never).ok());
  EXPECT_THAT(PredictByWorker("[1]", never)->body, HasSubstr("Invalid request sent"));
  EXPECT_THAT(PredictByWorker("{}", never)->body, HasSubstr("'instances' missing"));
  EXPECT_THAT(PredictByWorker(R"({"instances": 1})", never)->body,
              HasSubstr("instances is no list"));
  const auto failed = PredictByWorker(
      R"({"instances": []})",
      [](std::string_view) -> Result<WorkerAnswer> { return UnavailableError("gone"); });
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
