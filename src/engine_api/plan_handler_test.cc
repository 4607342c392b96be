#include "engine_api/plan_handler.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "policy/prediction_validation.h"
#include "policy/price_book.h"

namespace mlengine::engine_api {
namespace {

namespace json = boost::json;

class PlanTest : public testing::Test {
 protected:
  PlanTest() : prices_(policy::PriceBook::BuiltIn()) {
    RegisterPlans(
        router_,
        {.prices = &prices_,
         .check =
             [this](const std::string& project, const ml::v1::Job& job, int unstaged) {
               checked_ = project + " " + job.job_id() + " " + std::to_string(unstaged);
               return refusal_;
             },
         .choose_runtime = [](const ml::v1::TrainingInput& input) -> Result<PlannedRuntime> {
           if (input.runtime_version() == "9.9") return NotFoundError("There is no 9.9.");
           return PlannedRuntime{"2.19", "/py", "3.11.2", {"2.19 runs it."}};
         },
         .slots = 4,
         .regions = policy::RegionTable({{"us-west1", {.price_list = "2019-04"}}}),
         .resolve_prediction = [](const std::string&, const ml::v1::PredictionInput& input)
             -> Result<engine::v1::BatchPrediction> {
           engine::v1::BatchPrediction batch;
           *batch.mutable_shape() = policy::PredictionShape(input.region(), "2.19", 3);
           batch.set_input_files(2);
           batch.set_input_bytes(70);
           return batch;
         },
         .prediction_runtime = [](const store::JobRecord&) -> Result<PlannedRuntime> {
           return NotFoundError("There is no TensorFlow.");
         }});
  }
  net::Response Ask(const std::string& body, const std::string& unstaged = "0") {
    const net::Router::Match match = router_.Find("POST", "/mlengine/v1/projects/p/jobs:plan");
    net::Request request;
    request.path_values = match.path_values;
    request.query = {{"unstaged", unstaged}};
    request.body = body;
    return match.route->handler(request);
  }

  policy::PriceBook prices_;
  net::Router router_;
  Status refusal_;
  std::string checked_;
};

TEST_F(PlanTest, OfABatchPrediction) {
  const net::Response answer = Ask(R"({"jobId":"j","predictionInput":{"region":"us-central1"}})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(json::parse(answer.body), json::parse(R"({
      "scaleTier":"CUSTOM","region":"us-central1","replicaCount":3,"replicas":[
        {"role":"master","count":1,"machineType":"batch_prediction","vcpus":4,"memoryGb":1.5E1},
        {"role":"worker","count":2,"machineType":"batch_prediction","vcpus":4,"memoryGb":1.5E1}],
      "price":{"list":"2017-12","region":"us-central1","currency":"USD","unitsPerHour":5.67E-1,
        "perHour":2.779E-1,"text":"0.28 USD/h"},
      "runtime":{"unknown":"There is no TensorFlow."},
      "pool":{"slots":4,"fits":true},"input":{"files":"2","bytes":"70"}})"))
      << answer.body;
}

TEST_F(PlanTest, TellsReplicasMachinesPriceRuntimeAndRoom) {
  const net::Response answer = Ask(
      R"({"jobId":"j","trainingInput":{"scaleTier":"STANDARD_1","region":"europe-west1"}})", "2");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(checked_, "p j 2");
  EXPECT_EQ(json::parse(answer.body), json::parse(R"({
      "scaleTier":"STANDARD_1","region":"europe-west1","replicaCount":8,"replicas":[
        {"role":"master","count":1,"machineType":"complex_model_s","vcpus":8,"memoryGb":7.2E0},
        {"role":"worker","count":4,"machineType":"complex_model_s","vcpus":8,"memoryGb":7.2E0},
        {"role":"ps","count":3,"machineType":"standard","vcpus":4,"memoryGb":1.5E1}],
      "price":{"list":"2017-12","region":"europe-west1","currency":"USD","unitsPerHour":5.9234,
        "perHour":3.1986,"text":"3.20 USD/h","cheapest":{"region":"us-central1","text":"2.90 USD/h"}},
      "runtime":{"name":"2.19","interpreter":"/py","pythonVersion":"3.11.2",
        "warnings":["2.19 runs it."]},
      "pool":{"slots":4,"fits":false}})"))
      << answer.body;
}

TEST_F(PlanTest, ARegionMayHaveItsOwnPriceList) {
  const json::value plan = json::parse(Ask(R"({"trainingInput":{"region":"us-west1"}})").body);
  EXPECT_EQ(plan.at("price").at("list").as_string(), "2019-04");
  EXPECT_EQ(plan.at("price").at("text").as_string(), "0.19 USD/h");
}

TEST_F(PlanTest, ADeviceIsNamedAndARuntimeThatIsNotThereIsASentence) {
  const json::value plan = json::parse(Ask(R"({"trainingInput":{"scaleTier":"BASIC_GPU",
      "region":"us-central1","runtimeVersion":"9.9"}})")
                                           .body);
  EXPECT_EQ(plan.at("replicas").at(0).at("accelerators").at("count").as_int64(), 1);
  EXPECT_EQ(plan.at("runtime").at("unknown").as_string(), "There is no 9.9.");
}

TEST_F(PlanTest, AJobThatWouldBeRefusedIsRefusedHereInTheSameWords) {
  refusal_ = InvalidArgumentError("Field: job.training_input.region Error: Required.")
                 .WithViolations({{"job.training_input.region", "Required."}});
  const net::Response answer = Ask("{}");
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(answer.body.find("Field: job.training_input.region Error: Required."),
            std::string::npos);
  EXPECT_NE(answer.body.find("fieldViolations"), std::string::npos);
}

TEST_F(PlanTest, BadBodiesAndCountsAreRefused) {
  EXPECT_EQ(Ask("not json").status, 400);
  EXPECT_EQ(Ask(R"({"trainingInput":{"workerCont":1}})").status, 400);
  EXPECT_EQ(checked_, "");
  for (const char* count : {"-1", "two", "99999999999", ""})
    EXPECT_EQ(Ask("{}", count).status, 400);
}

}  // namespace
}  // namespace mlengine::engine_api
