#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/testing/fake_clock.h"
#include "ml_api/jobs_handler.h"
#include "ml_api/method.h"
#include "policy/prediction_validation.h"
#include "policy/price_book.h"
#include "store/memory_job_store.h"

namespace mlengine::ml_api {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

const std::string kBody =
    R"({"jobId":"j","predictionInput":{"uri":"gs://bkt/m","dataFormat":"TEXT",)"
    R"("inputPaths":["gs://bkt/in*"],"outputPath":"gs://bkt/out","region":"us-central1"}})";

class PredictionJobsTest : public ::testing::Test {
 protected:
  PredictionJobsTest() {
    JobDeps deps;
    deps.store = store_.get();
    deps.clock = &clock_;
    deps.python_versions_of = [](const std::string&) { return std::nullopt; };
    deps.prices = &prices_;
    deps.check_quota = [this](const std::string&, const ml::v1::Job& job, Time) {
      counted_workers_ = job.training_input().worker_count();
      return OkStatus();
    };
    deps.resolve_prediction =
        [this](const std::string& project,
               const ml::v1::PredictionInput& input) -> Result<engine::v1::BatchPrediction> {
      EXPECT_EQ(project, "p");
      EXPECT_EQ(input.uri(), "gs://bkt/m");
      if (!found_.ok()) return found_;
      engine::v1::BatchPrediction out;
      *out.mutable_shape() = policy::PredictionShape(input.region(), "2.19", 3);
      return out;
    };
    deps.prediction_counts = [](const store::JobRecord&) {
      ml::v1::PredictionOutput output;
      output.set_prediction_count(41);
      return output;
    };
    RegisterJobs(router_, deps);
  }

  json::object Call(const std::string& method, const std::string& raw_path, std::string body) {
    net::Request request;
    request.method = method;
    request.raw_path = raw_path;
    request.body = std::move(body);
    const net::Router::Match match = router_.Find(method, raw_path);
    request.path_values = match.path_values;
    net::Response response = match.route->handler(request);
    status_ = response.status;
    return json::parse(response.body).as_object();
  }

  // One attempt that began an hour ago and ended half an hour later.
  void Run(bool ends) {
    ASSERT_TRUE(store_
                    ->Update({"p", "j"},
                             [&](store::JobRecord& record) {
                               auto& attempt = *record.add_attempts();
                               auto& status = *attempt.add_replicas()->mutable_status();
                               const std::int64_t now = ToUnixNanos(clock_.Now()) / 1'000'000'000;
                               status.add_phases()->mutable_start_time()->set_seconds(now - 3600);
                               status.mutable_exit()->mutable_end_time()->set_seconds(now - 1800);
                               status.set_step(runner::v1::StatusRecord::EXITED);
                               ml::v1::Job& job = *record.mutable_job();
                               job.set_state(ends ? ml::v1::Job::SUCCEEDED : ml::v1::Job::RUNNING);
                               if (ends) job.mutable_prediction_output()->set_prediction_count(42);
                               return OkStatus();
                             })
                    .ok());
  }

  std::unique_ptr<store::JobStore> store_ = store::NewMemoryJobStore();
  FakeClock clock_;
  policy::PriceBook prices_ = policy::PriceBook::BuiltIn();
  net::Router router_;
  Status found_;
  std::int64_t counted_workers_ = -1;
  int status_ = 0;
};

TEST_F(PredictionJobsTest, IsStoredWithItsShape) {
  const json::object job = Call("POST", "/v1/projects/p/jobs", kBody);
  EXPECT_EQ(status_, 200) << json::serialize(job);
  EXPECT_EQ(job.at("state").as_string(), "QUEUED");
  EXPECT_FALSE(job.contains("trainingInput"));
  EXPECT_EQ(job.at("predictionOutput").at("outputPath").as_string(), "gs://bkt/out");
  EXPECT_EQ(counted_workers_, 2);
  const auto stored = store_->Get({"p", "j"});
  ASSERT_TRUE(stored.ok());
  EXPECT_EQ(stored->record.batch_prediction().shape().worker_count(), 2);
  EXPECT_FALSE(stored->record.price_list().empty());
}

TEST_F(PredictionJobsTest, WhatIsNotThereIsRefused) {
  found_ = FailedPreconditionError("Field: job.prediction_input.uri Error: none")
               .WithViolations({{"job.prediction_input.uri", "none"}});
  const json::object answer = Call("POST", "/v1/projects/p/jobs", kBody);
  EXPECT_EQ(status_, 400);
  EXPECT_THAT(json::serialize(answer), HasSubstr("job.prediction_input.uri"));
  EXPECT_FALSE(store_->Get({"p", "j"}).ok());
}

TEST_F(PredictionJobsTest, CountsGrowWhileItRunsAndStayAtItsEnd) {
  Call("POST", "/v1/projects/p/jobs", kBody);
  Run(false);
  const json::object running = Call("GET", "/v1/projects/p/jobs/j", "");
  EXPECT_EQ(running.at("predictionOutput").at("predictionCount").as_string(), "41");
  EXPECT_EQ(running.at("predictionOutput").at("nodeHours").to_number<double>(), 0.5);
  EXPECT_FALSE(running.contains("trainingOutput"));
}

TEST_F(PredictionJobsTest, AnEndedOneShowsWhatWasStored) {
  Call("POST", "/v1/projects/p/jobs", kBody);
  Run(true);
  const json::object ended = Call("GET", "/v1/projects/p/jobs/j", "");
  EXPECT_EQ(ended.at("predictionOutput").at("predictionCount").as_string(), "42");
}

}  // namespace
}  // namespace mlengine::ml_api
