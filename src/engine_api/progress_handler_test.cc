#include "engine_api/progress_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/testing/fake_clock.h"
#include "store/memory_job_store.h"

namespace mlengine::engine_api {
namespace {

namespace json = boost::json;

class ProgressHandlerTest : public testing::Test {
 protected:
  ProgressHandlerTest() {
    RegisterProgress(router_, {.store = store_.get(),
                               .prices = &prices_,
                               .clock = &clock_,
                               .progress = [this](const store::JobRecord&) { return progress_; },
                               .running =
                                   [](const std::string& project) {
                                     return std::vector<store::JobKey>{{project, "j"}};
                                   }});
    for (const char* id : {"i", "j"}) {
      store::JobRecord record;
      record.set_project("p");
      record.mutable_job()->set_job_id(id);
      record.mutable_job()->set_state(ml::v1::Job::RUNNING);
      record.mutable_job()->mutable_training_input()->set_region("us-central1");
      record.mutable_job()->mutable_training_input()->set_scale_tier(ml::v1::TrainingInput::BASIC);
      EXPECT_TRUE(store_->Create(record).ok());
    }
    progress_ = {.done = 450,
                 .total = 1000,
                 .per_second = 10.0,
                 .seconds_left = 3600.0,
                 .last_seen = 1'514'862'000.5,
                 .source = "log",
                 .unknown = ""};
  }

  json::value Call(const std::string& path,
                   std::vector<std::pair<std::string, std::string>> query = {}) {
    net::Request request;
    request.query = std::move(query);
    const net::Router::Match match = router_.Find("GET", "/mlengine/v1/projects/p" + path);
    if (match.route == nullptr) return nullptr;
    request.path_values = match.path_values;
    const net::Response response = match.route->handler(request);
    status_ = response.status;
    return json::parse(response.body);
  }

  FakeClock clock_;
  policy::PriceBook prices_ = policy::PriceBook::BuiltIn();
  std::unique_ptr<store::JobStore> store_ = store::NewMemoryJobStore();
  insight::JobProgress progress_;
  net::Router router_;
  int status_ = 0;
};

TEST_F(ProgressHandlerTest, OneJob) {
  const json::value answer = Call("/jobs/j/progress");
  EXPECT_EQ(status_, 200);
  EXPECT_EQ(answer.at("done").as_string(), "450");
  EXPECT_EQ(answer.at("total").as_string(), "1000");
  EXPECT_EQ(answer.at("percent").to_number<double>(), 45);
  EXPECT_EQ(answer.at("short").as_string(), "45%");
  EXPECT_EQ(answer.at("state").as_string(), "RUNNING");
  EXPECT_EQ(answer.at("lastSeen").as_string(), "2018-01-02T03:00:00.500000000Z");
  // An hour more of a job that has cost nothing yet.
  const policy::PriceList& list = **prices_.ListOfJob(prices_.Default().name);
  const double rate =
      list.RateOf(store_->Get({"p", "j"})->record.job().training_input(), "us-central1")
          ->price_per_hour;
  EXPECT_GT(rate, 0);
  EXPECT_NEAR(answer.at("projected").at("money").to_number<double>(), rate, 1e-9);
  EXPECT_TRUE(
      answer.at("text").as_string().starts_with("450 of 1000 steps (45 %), 10.0 steps/s, "
                                                "about 1 h 00 min left, about "))
      << answer;
}

TEST_F(ProgressHandlerTest, WhatIsNotKnownIsLeftOut) {
  progress_ = {};
  progress_.unknown = "nothing tells";
  const json::value answer = Call("/jobs/j/progress");
  for (const char* field : {"done", "total", "percent", "secondsLeft", "projected", "perSecond"})
    EXPECT_FALSE(answer.as_object().contains(field)) << field;
  EXPECT_EQ(answer.at("text").as_string(), "unknown: nothing tells");
}

TEST_F(ProgressHandlerTest, ManyJobs) {
  EXPECT_EQ(Call("/progress").at("jobs").as_array().size(), 1U) << "those that run";
  const json::value chosen = Call("/progress", {{"job", "i"}, {"job", "none"}, {"job", "j"}});
  ASSERT_EQ(chosen.at("jobs").as_array().size(), 2U);
  EXPECT_EQ(chosen.at("jobs").at(0).at("job").as_string(), "i");
  Call("/jobs/none/progress");
  EXPECT_EQ(status_, 404);
  Call("/progress", std::vector<std::pair<std::string, std::string>>(201, {"job", "j"}));
  EXPECT_EQ(status_, 400);
}

}  // namespace
}  // namespace mlengine::engine_api
