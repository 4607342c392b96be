#include "engine_api/serving_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "engine_api/serving_metrics.h"
#include "store/memory_model_store.h"

namespace mlengine::engine_api {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

class ServingHandlerTest : public testing::Test {
 protected:
  ServingHandlerTest() {
    store::ResourceRecord model;
    model.mutable_model()->mutable_model()->set_name("m");
    model.mutable_model()->set_default_version("v1");
    EXPECT_TRUE(
        models_
            ->Change([&](store::ModelTransaction& change) {
              MLENGINE_RETURN_IF_ERROR(change.Create(store::ModelKey("p", "m"), model));
              for (const char* name : {"v1", "v2"}) {
                store::ResourceRecord version;
                version.mutable_version()->mutable_version()->set_name(name);
                version.mutable_version()->mutable_version()->set_state(ml::v1::Version::READY);
                MLENGINE_RETURN_IF_ERROR(change.Create(store::VersionKey("p", "m", name), version));
              }
              return OkStatus();
            })
            .ok());
    RegisterServing(router_, {.models = models_.get(),
                              .versions = [this] { return views_; },
                              .has_bucket = [](const std::string& name) { return name == "bkt"; },
                              .folder_of =
                                  [](const store::StoredResource& version) {
                                    return "/models/" + version.key.name;
                                  }});
  }

  std::pair<int, std::string> Call(const std::string& method, const std::string& body = "",
                                   const std::string& model = "m") {
    net::Request request;
    request.method = method;
    request.body = body;
    const net::Router::Match match =
        router_.Find(method, "/mlengine/v1/projects/p/models/" + model + "/serving");
    request.path_values = match.path_values;
    const net::Response response = match.route->handler(request);
    return {response.status, response.body};
  }
  json::object Ok(const std::string& method, const std::string& body = "") {
    const auto [status, answer] = Call(method, body);
    EXPECT_EQ(status, 200) << answer;
    return json::parse(answer).as_object();
  }

  std::pair<int, std::string> List(const std::string& size = "", const std::string& token = "") {
    net::Request request;
    request.method = "GET";
    if (!size.empty()) request.query.emplace_back("pageSize", size);
    if (!token.empty()) request.query.emplace_back("pageToken", token);
    const net::Router::Match match = router_.Find("GET", "/mlengine/v1/projects/p/serving");
    request.path_values = match.path_values;
    const net::Response response = match.route->handler(request);
    return {response.status, response.body};
  }

  std::unique_ptr<store::ModelStore> models_ = store::NewMemoryModelStore();
  std::vector<serving::ModelServers::VersionView> views_;
  net::Router router_;
};

TEST_F(ServingHandlerTest, VersionsWithAndWithoutRequestsAreShown) {
  serving::FigureKeeper figures;
  figures.CountRequest(serving::Outcome::kAnswered, std::chrono::milliseconds(2), 3);
  figures.CountRun(3, 1);
  views_.push_back({.folder = "/models/v2",
                    .project = "p",
                    .model = "m",
                    .version = "v2",
                    .processes = {{::getpid(), 0}},
                    .requests = 0,
                    .waiting = 0,
                    .figures = figures.Get()});
  const json::object shown = Ok("GET");
  EXPECT_EQ(shown.at("defaultVersion"), "v1");
  const json::object& idle = shown.at("versions").at(0).as_object();
  EXPECT_EQ(idle.at("isDefault"), true);
  EXPECT_EQ(idle.at("totals").at("answered"), "0");
  EXPECT_FALSE(idle.contains("lastUseTime"));
  const json::object& asked = shown.at("versions").at(1).as_object();
  EXPECT_EQ(asked.at("totals").at("answered"), "1");
  EXPECT_EQ(asked.at("instances"), "3");
  EXPECT_EQ(asked.at("batches").at("meanInstances"), 3.0);
  EXPECT_EQ(asked.at("traffic").as_array().size(), 1U);
  EXPECT_NE(asked.at("processes").at(0).at("memoryBytes"), "0");
}

TEST_F(ServingHandlerTest, AProjectsModelsAreShownInShortPageByPage) {
  store::ResourceRecord other;
  other.mutable_model()->mutable_model()->set_description("another");
  ASSERT_TRUE(models_
                  ->Change([&](store::ModelTransaction& change) {
                    MLENGINE_RETURN_IF_ERROR(change.Create(store::ModelKey("q", "hidden"), other));
                    return change.Create(store::ModelKey("p", "n"), other);
                  })
                  .ok());
  serving::FigureKeeper figures;
  figures.CountRequest(serving::Outcome::kAnswered, std::chrono::milliseconds(2), 3);
  figures.CountRequest(serving::Outcome::kTooMany, std::chrono::milliseconds(2), 3);
  serving::ModelServers::VersionView view{.folder = "/models/v2",
                                          .project = "p",
                                          .model = "m",
                                          .version = "v2",
                                          .processes = {},
                                          .requests = 0,
                                          .waiting = 0,
                                          .figures = figures.Get()};
  // A slice of half an hour ago counts in the hour, but is not told one by one.
  view.figures.traffic.insert(view.figures.traffic.begin(),
                              {.begin = std::chrono::system_clock::now() - std::chrono::minutes(30),
                               .requests = 40,
                               .errors = 4});
  views_.push_back(view);

  const auto [status, body] = List("1");
  ASSERT_EQ(status, 200) << body;
  const json::object first = json::parse(body).as_object();
  ASSERT_EQ(first.at("models").as_array().size(), 1U);
  const json::object& m = first.at("models").at(0).as_object();
  EXPECT_EQ(m.at("model"), "m");
  EXPECT_EQ(m.at("defaultVersion"), "v1");
  ASSERT_EQ(m.at("versions").as_array().size(), 2U);
  EXPECT_EQ(json::serialize(m.at("versions").at(0).at("lastHour")),
            R"({"requests":"0","errors":"0"})");
  EXPECT_EQ(m.at("versions").at(0).at("isDefault"), true);
  const json::object& asked = m.at("versions").at(1).as_object();
  EXPECT_EQ(json::serialize(asked.at("lastHour")), R"({"requests":"42","errors":"5"})");
  ASSERT_EQ(asked.at("traffic").as_array().size(), 1U);
  EXPECT_EQ(asked.at("traffic").at(0).at("requests"), "2");
  EXPECT_GT(asked.at("latency").at("p50").as_double(), 0);

  const json::object second =
      json::parse(List("1", std::string(first.at("nextPageToken").as_string())).second).as_object();
  EXPECT_EQ(json::serialize(second), R"({"models":[{"model":"n","description":"another",)"
                                     R"("defaultVersion":"","versions":[]}],"nextPageToken":""})");
  for (const char* wrong : {"0", "201", "x", "1x", "-1"}) {
    EXPECT_EQ(List(wrong).first, 400) << wrong;
    EXPECT_THAT(List(wrong).second, HasSubstr("from 1 to 200"));
  }
  EXPECT_EQ(List("", "nonsense").first, 400);
}

TEST_F(ServingHandlerTest, SettingsAreChangedOneByOne) {
  Ok("PATCH", R"({"traffic":[{"version":"v2","percent":10}]})");
  Ok("PATCH", R"({"requestLogging":{"folder":"gs://bkt/asked","samplePercent":5}})");
  EXPECT_EQ(json::serialize(Ok("GET").at("settings")),
            R"({"traffic":[{"version":"v2","percent":10}],"separateRuns":false,)"
            R"("requestLogging":{"folder":"gs://bkt/asked","samplePercent":5E0}})");
  Ok("PATCH", R"({"traffic":[],"requestLogging":null,"separateRuns":true})");
  EXPECT_EQ(json::serialize(Ok("GET").at("settings")), R"({"traffic":[],"separateRuns":true})");
}

TEST_F(ServingHandlerTest, WhatIsWrongChangesNothing) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"traffic":[{"version":"v9","percent":10}]})", "has no version"},
      {R"({"traffic":[{"version":"v1","percent":100},{"version":"v2","percent":1}]})",
       "101 percent together"},
      {R"({"traffic":[{"version":"v1"}]})", "each share has"},
      {R"({"traffic":7})", "a list of"},
      {R"({"requestLogging":{"folder":"gs://none/x","samplePercent":5}})", "no bucket none"},
      {R"({"requestLogging":{"folder":"bkt","samplePercent":5}})", "requestLogging.folder"},
      {R"({"requestLogging":{"folder":"gs://bkt","samplePercent":0}})", "above 0"},
      {R"({"separateRuns":"yes"})", "true or false"},
      {R"({"trafic":[]})", "traffic"},
      {"{}", "has none of"}};
  for (const auto& [body, text] : cases) {
    const auto [status, answer] = Call("PATCH", body);
    EXPECT_EQ(status, 400) << body;
    EXPECT_THAT(answer, HasSubstr(text)) << body;
  }
  EXPECT_EQ(Call("GET", "", "other").first, 404);
  EXPECT_EQ(Call("PATCH", R"({"traffic":[]})", "other").first, 404);
  EXPECT_EQ(json::serialize(Ok("GET").at("settings")), R"({"traffic":[],"separateRuns":false})");
}

TEST_F(ServingHandlerTest, PrometheusCountsOnWhenAVersionComesAgain) {
  telemetry::Metrics metrics;
  ShowServing(metrics, [this] { return views_; });
  const auto view = [](const std::string& folder, int answered) {
    serving::FigureKeeper figures;
    for (int i = 0; i < answered; ++i)
      figures.CountRequest(serving::Outcome::kAnswered, std::chrono::milliseconds(3), 1);
    return serving::ModelServers::VersionView{.folder = folder,
                                              .project = "p",
                                              .model = "m",
                                              .version = "v1",
                                              .processes = {{1, 0}},
                                              .requests = 0,
                                              .waiting = 0,
                                              .figures = figures.Get()};
  };
  views_ = {view("/models/a", 2)};
  metrics.Render();
  views_ = {view("/models/b", 3)};
  const std::string text = metrics.Render();
  EXPECT_THAT(text, HasSubstr(R"(mlengine_predictions_total{model="m",outcome="answered",)"
                              R"(project="p",version="v1"} 5)"));
  EXPECT_THAT(text, HasSubstr("mlengine_prediction_seconds_count{model=\"m\",project=\"p\",version="
                              "\"v1\"} 5"));
  EXPECT_THAT(text, HasSubstr(R"(version="v1",le="0.002"} 0)"));
  EXPECT_THAT(text, HasSubstr(R"(version="v1",le="0.005"} 5)"));
  views_ = {};
  EXPECT_THAT(metrics.Render(),
              HasSubstr("mlengine_model_servers{model=\"m\",project=\"p\",version=\"v1\"} 0"));
}

}  // namespace
}  // namespace mlengine::engine_api
