#include "engine_api/estimate_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>

#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "logs/file_log_store.h"
#include "policy/prediction_validation.h"
#include "store/memory_job_store.h"

namespace mlengine::engine_api {
namespace {

namespace json = boost::json;
using ml::v1::Job;
using ml::v1::TrainingInput;
using testing::HasSubstr;

class EstimateHandlerTest : public testing::Test {
 protected:
  EstimateHandlerTest() {
    logs_ = *logs::FileLogStore::Open({dir_.path(), false}, RealFileSystem(), clock_);
    const auto check = [this](const std::string&, const Job& job, int unstaged) -> Status {
      EXPECT_EQ(unstaged, 0);
      EXPECT_EQ(job.training_input().args_size(), 1);
      if (job.training_input().scale_tier() == TrainingInput::BASIC_GPU)
        return InvalidArgumentError("no GPU here");
      return refusal_;
    };
    const auto runtime = [](const TrainingInput&) -> Result<PlannedRuntime> {
      return PlannedRuntime{"2.19", "/py", "3.11.2", {}};
    };
    RegisterEstimates(router_, {{&prices_, check, runtime, 2}, store_.get(), logs_.get()});
  }
  // A batch prediction of the version whose folder is V-1.
  void CreatePrediction(const std::string& id, Job::State state, std::int64_t kilobytes,
                        int seconds, int workers = 1, const std::string& region = "us-central1") {
    store::JobRecord record;
    record.set_project("p");
    Job& job = *record.mutable_job();
    job.set_job_id(id);
    job.set_state(state);
    job.mutable_prediction_input()->set_region(region);
    if (seconds > 0) {
      job.mutable_start_time()->set_seconds(1'514'862'245);
      job.mutable_end_time()->set_seconds(1'514'862'245 + seconds);
    }
    engine::v1::BatchPrediction& batch = *record.mutable_batch_prediction();
    *batch.mutable_shape() = policy::PredictionShape(region, "2.19", workers);
    batch.set_model("m");
    batch.set_version_folder("V-1");
    batch.set_input_files(2);
    batch.set_input_bytes(kilobytes * 1000);
    ASSERT_TRUE(store_->Create(record).ok());
  }
  void Create(Job::State state) {
    store::JobRecord record;
    record.set_project("p");
    Job& job = *record.mutable_job();
    job.set_job_id("j");
    job.set_state(state);
    job.mutable_training_input()->set_region("us-central1");
    job.mutable_training_input()->set_scale_tier(TrainingInput::BASIC);
    job.mutable_training_input()->add_args("--train_steps=1000");
    if (state != Job::QUEUED) job.mutable_start_time()->set_seconds(1'514'862'245);
    if (state == Job::SUCCEEDED) job.mutable_end_time()->set_seconds(1'514'862'245 + 120);
    ASSERT_TRUE(store_->Create(record).ok());
  }
  // A step a second from the start on.
  void Steps(int count) {
    ASSERT_TRUE(logs_->AttachSpools({"p", "j"}, {{{}, dir_ / "spool"}}).ok());
    for (int step = 1; step <= count; ++step) {
      clock_.Advance(std::chrono::seconds(1));
      std::ofstream(dir_ / "spool", std::ios::app) << "step " << step << "\n";
      logs_->PumpAll();
    }
  }
  json::value Call(std::string body = "", const std::string& job = "j") {
    net::Request request;
    const net::Router::Match match =
        router_.Find("POST", "/mlengine/v1/projects/p/jobs/" + job + ":estimate");
    request.path_values = match.path_values;
    request.body = std::move(body);
    const net::Response response = match.route->handler(request);
    status_ = response.status;
    return json::parse(response.body);
  }
  std::string Error(std::string body = "", const std::string& job = "j") {
    return std::string(Call(std::move(body), job).at("error").at("message").as_string());
  }

  TempDir dir_;
  FakeClock clock_;  // 2018-01-02T03:04:05Z
  const policy::PriceBook prices_ = policy::PriceBook::BuiltIn();
  std::unique_ptr<store::JobStore> store_ = store::NewMemoryJobStore();
  std::unique_ptr<logs::FileLogStore> logs_;
  Status refusal_;
  net::Router router_;
  int status_ = 0;
};

TEST_F(EstimateHandlerTest, ReckonsByTheJobsOwnSteps) {
  Create(Job::SUCCEEDED);
  Steps(100);
  const json::value answer = Call(R"({"steps":"36000"})");
  ASSERT_EQ(status_, 200) << answer;
  EXPECT_EQ(answer.at("steps"), json::parse(R"({"count":36000,"source":"--steps"})"));
  const json::value& run = answer.at("measured").at(0);
  EXPECT_EQ(run.at("where"), "in job j");
  EXPECT_EQ(run.at("tier"), "BASIC");
  EXPECT_EQ(run.at("stepsPerSecond").to_number<double>(), 1);
  EXPECT_EQ(run.at("endSeconds").to_number<double>(), 20);
  const json::value& basic = answer.at("tiers").at(0);
  EXPECT_NEAR(basic.at("seconds").to_number<double>(), 36'020, 2);
  EXPECT_NEAR(basic.at("money").to_number<double>(), 0.2774 * 36'020 / 3600, 0.001);
  EXPECT_EQ(answer.at("tiers").at(3).at("source"),
            "not known without a run on such a device; refused here: no GPU here");
  EXPECT_EQ(answer.at("currency"), "USD");
  EXPECT_EQ(Call().at("steps"), json::parse(R"({"count":1000,"source":"--train_steps"})"));
}

TEST_F(EstimateHandlerTest, AlsoOneThatRuns) {
  Create(Job::RUNNING);
  Steps(60);
  const json::value answer = Call(R"({"steps":100})");
  ASSERT_EQ(status_, 200) << answer;
  EXPECT_FALSE(answer.at("measured").at(0).as_object().contains("endSeconds"));
}

TEST_F(EstimateHandlerTest, SaysWhyNot) {
  EXPECT_THAT(Error("", "none"), HasSubstr("could not be found"));
  EXPECT_EQ(status_, 404);
  Create(Job::QUEUED);
  EXPECT_EQ(Error(), "job j has not run, so it tells no speed; its state is QUEUED");
  EXPECT_EQ(status_, 400);
  for (const char* steps : {R"("0")", R"("x")", "1.5", "-3", "[]"})
    EXPECT_THAT(Error("{\"steps\":" + std::string(steps) + "}"), HasSubstr("steps")) << steps;
  EXPECT_THAT(Error(R"({"step":"1"})"), HasSubstr("did you mean steps?"));
}

TEST_F(EstimateHandlerTest, WhatWouldBeRefusedIsRefused) {
  Create(Job::RUNNING);
  Error();
  EXPECT_EQ(status_, 400) << "its log tells no speed";
  Steps(60);
  refusal_ = NotFoundError("the package is gone");
  EXPECT_EQ(Error(), "the package is gone");
  EXPECT_EQ(status_, 404);
}

TEST_F(EstimateHandlerTest, OfABatchPredictionByEarlierOnesOfItsModel) {
  CreatePrediction("new", Job::QUEUED, 40'000, 0, 2);
  const json::value rate = Call("", "new");
  EXPECT_EQ(rate.at("kind"), json::value("prediction"));
  EXPECT_EQ(rate.at("steps"),
            json::parse(R"({"count":40000,"unit":"KB","source":"2 files of input"})"));
  EXPECT_EQ(rate.at("tiers"), json::parse(R"([{"tier":"2 workers",
      "source":"no job of this model has succeeded yet","replicas":2,"perHour":1.852E-1,
      "perHourText":"0.19 USD/h"}])"));
  EXPECT_THAT(json::serialize(rate.at("notKnown")), HasSubstr("only its rate is known"));

  CreatePrediction("failed", Job::FAILED, 1000, 1);
  CreatePrediction("old_1", Job::SUCCEEDED, 10'000, 100);    // 100 KB/s
  CreatePrediction("old_2", Job::SUCCEEDED, 20'000, 50, 4);  // 100 KB/s of each worker
  const json::value known = Call("", "new");
  ASSERT_EQ(known.at("measured").as_array().size(), 2U);
  EXPECT_EQ(known.at("measured").at(0).at("where"), json::value("in job old_2"));
  const json::value& row = known.at("tiers").at(0);
  EXPECT_EQ(row.at("seconds"), json::value(200.0));
  EXPECT_EQ(row.at("money"), json::value(0.0103));
  EXPECT_EQ(row.at("confidence"), json::value("medium"));
  EXPECT_THAT(json::serialize(known.at("assumptions")), HasSubstr("100 KB of input a second"));
}

TEST_F(EstimateHandlerTest, WhereTheNodesPriceIsNotKnownItIsThatOfAStandardMachine) {
  CreatePrediction("far", Job::QUEUED, 1, 0, 1, "europe-west1");
  EXPECT_EQ(Call("", "far").at("tiers").at(0).at("perHourText"), json::value("0.31 USD/h"));
}

}  // namespace
}  // namespace mlengine::engine_api
