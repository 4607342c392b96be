#include "engine_api/metrics_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>

#include "base/testing/fake_clock.h"
#include "engine_api/metric_folders.h"
#include "insight/testing/event_writer.h"
#include "objects/memory_object_store.h"
#include "store/memory_job_store.h"

namespace mlengine::engine_api {
namespace {

namespace json = boost::json;
using insight::ScalarFrame;
using testing::HasSubstr;

class MetricsHandlerTest : public testing::Test {
 protected:
  MetricsHandlerTest() {
    EXPECT_TRUE(objects_->CreateBucket({"bucket", "p", "US", "STANDARD", {}}).ok());
    RegisterMetrics(router_,
                    {store_.get(), std::make_shared<metrics::MetricStore>(*objects_), "/no/jobs"});
    store::JobRecord record;
    record.set_project("p");
    record.mutable_job()->set_job_id("j");
    record.mutable_job()->mutable_training_input()->set_job_dir("gs://bucket/j");
    EXPECT_TRUE(store_->Create(record).ok());
    auto writer = *objects_->NewWriter("bucket", "j/train/events.out.tfevents.1");
    for (int step = 0; step < 4; ++step) {
      EXPECT_TRUE(writer->Write(ScalarFrame("loss", step, step == 2 ? std::nanf("") : 0.5F)).ok());
      EXPECT_TRUE(writer->Write(ScalarFrame("rate", step, 0.1F)).ok());
    }
    EXPECT_TRUE(writer->Commit({}, {}).ok());
  }

  std::string Call(const std::string& path,
                   std::vector<std::pair<std::string, std::string>> query = {}) {
    net::Request request;
    request.query = std::move(query);
    const net::Router::Match match = router_.Find("GET", "/mlengine/v1/projects/p/jobs/" + path);
    if (match.route == nullptr) return "no route";
    request.path_values = match.path_values;
    const net::Response response = match.route->handler(request);
    status_ = response.status;
    return response.body;
  }

  FakeClock clock_;
  std::unique_ptr<objects::ObjectStore> objects_ = objects::NewMemoryObjectStore(clock_);
  std::unique_ptr<store::JobStore> store_ = store::NewMemoryJobStore();
  net::Router router_;
  int status_ = 0;
};

TEST_F(MetricsHandlerTest, TheAnswerIsStable) {
  EXPECT_EQ(
      Call("j/metrics", {{"tag", "loss"}, {"since_step", "1"}}),
      R"({"series":[{"run":"train","tag":"loss","count":"4","min":5E-1,"max":5E-1,)"
      R"("nonFinite":{"count":"1","firstStep":"2"},"points":[)"
      R"({"step":"2","time":"2017-07-14T02:40:00.000000000Z","value":"NaN"},)"
      R"({"step":"3","time":"2017-07-14T02:40:00.000000000Z","value":5E-1}]}],"warnings":[]})");
  EXPECT_EQ(status_, 200);
}

TEST_F(MetricsHandlerTest, TagsRunsAndPointsAreChosen) {
  const auto count = [](const std::string& body) {
    return json::parse(body).at("series").as_array().size();
  };
  EXPECT_EQ(count(Call("j/metrics")), 2U);
  EXPECT_EQ(count(Call("j/metrics", {{"tag", "loss"}, {"tag", "r*"}})), 2U);
  EXPECT_EQ(count(Call("j/metrics", {{"run", "eval"}})), 0U);
  const json::value one = json::parse(Call("j/metrics", {{"tag", "rate"}, {"points", "1"}}));
  EXPECT_EQ(one.at("series").at(0).at("points").as_array().size(), 1U);
  EXPECT_EQ(one.at("series").at(0).at("points").at(0).at("value").as_double(), 0.1);
}

TEST_F(MetricsHandlerTest, BadQuestionsAreErrors) {
  EXPECT_THAT(Call("other/metrics"), HasSubstr("NOT_FOUND"));
  EXPECT_EQ(status_, 404);
  for (const char* points : {"0", "-1", "10001", "x", "1e3", "99999999999999999999"}) {
    EXPECT_THAT(Call("j/metrics", {{"points", points}}), HasSubstr("points: must be")) << points;
    EXPECT_EQ(status_, 400);
  }
  Call("j/metrics", {{"since_step", "soon"}});
  EXPECT_EQ(status_, 400);
  Call("j/metrics", {{"since_step", "-5"}});
  EXPECT_EQ(status_, 200);
}

TEST_F(MetricsHandlerTest, ResourcesAreToldOnlyWhenAskedFor) {
  const std::string nothing =
      R"({"series":[],"warnings":["There are no resource samples of the job's replicas."]})";
  EXPECT_EQ(Call("j/metrics", {{"source", "resources"}}), nothing);
  EXPECT_EQ(Call("j/metrics", {{"source", "events"}}), Call("j/metrics"));
  const json::value all = json::parse(Call("j/metrics", {{"source", "all"}}));
  EXPECT_EQ(all.at("series").as_array().size(), 2U);
  EXPECT_EQ(all.at("warnings").as_array().size(), 1U);
  EXPECT_THAT(Call("j/metrics", {{"source", "x"}}), HasSubstr("events, resources or all"));
  EXPECT_EQ(status_, 400);
}

TEST_F(MetricsHandlerTest, FoldersAreToldWithoutReading) {
  EXPECT_EQ(Call("j/metrics:folders"),
            R"({"folders":[{"name":"","folder":"gs://bucket/j","files":1}]})");
  Call("other/metrics:folders");
  EXPECT_EQ(status_, 404);
}

TEST(MetricFoldersTest, JobDirThenArgumentsThenWorkingFolders) {
  store::JobRecord record;
  record.set_project("p");
  record.mutable_job()->set_job_id("j");
  auto& input = *record.mutable_job()->mutable_training_input();
  input.set_job_dir("gs://b/j/");
  for (const char* argument : {"--logdir=/data/logs", "--model_dir=gs://b/j/model",
                               "--train_dir=/x/same", "--output_dir=/y/same"})
    input.add_args(argument);
  auto& attempt = *record.add_attempts();
  attempt.set_number(2);
  auto& replica = *attempt.add_replicas();
  replica.set_role("worker");
  replica.set_index(3);
  const std::vector<metrics::EventFolder> expected = {
      {"", "gs://b/j/"},
      {"logs", "/data/logs"},
      {"/x/same", "/x/same"},
      {"/y/same", "/y/same"},
      {"worker-replica-3", "/d/jobs/p/j/attempt-2/worker-3/work"}};
  EXPECT_EQ(MetricFolders(record, "/d/jobs"), expected);
}

TEST(SampleSourcesTest, AllAttemptsAndRestartsOfAReplicaAreOneRun) {
  store::JobRecord record;
  EXPECT_TRUE(SampleSources(record, "/d/jobs").empty());
  record.set_project("p");
  record.mutable_job()->set_job_id("j");
  for (const int number : {1, 2}) {
    auto& attempt = *record.add_attempts();
    attempt.set_number(number);
    attempt.add_replicas()->set_role("master");
    auto& worker = *attempt.add_replicas();
    worker.set_role("worker");
    worker.set_index(3);
    worker.set_restart(number == 1 ? 1 : 100);
  }
  const std::vector<metrics::SampleSource> sources = SampleSources(record, "/d/jobs");
  ASSERT_EQ(sources.size(), 2U);
  EXPECT_EQ(sources[0].run, "resources/master-replica-0");
  EXPECT_EQ(sources[0].paths,
            (std::vector<std::string>{"/d/jobs/p/j/attempt-1/master-0/samples-0",
                                      "/d/jobs/p/j/attempt-2/master-0/samples-0"}));
  EXPECT_EQ(sources[1].run, "resources/worker-replica-3");
  ASSERT_EQ(sources[1].paths.size(), 16U);
  EXPECT_EQ(sources[1].paths.front(), "/d/jobs/p/j/attempt-2/worker-3/samples-85");
  EXPECT_EQ(sources[1].paths.back(), "/d/jobs/p/j/attempt-2/worker-3/samples-100");
}

}  // namespace
}  // namespace mlengine::engine_api
