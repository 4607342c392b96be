#include "engine_api/log_window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>

#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "logs/file_log_store.h"
#include "store/memory_job_store.h"

namespace mlengine::engine_api {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Query = std::vector<std::pair<std::string, std::string>>;

class LogWindowTest : public testing::Test {
 protected:
  LogWindowTest() {
    logs_ = *logs::FileLogStore::Open({dir_.path(), false}, RealFileSystem(), clock_);
    store::JobRecord record;
    record.set_project("p");
    record.mutable_job()->set_job_id("j");
    EXPECT_TRUE(jobs_->Create(record).ok());
    RegisterLogWindow(router_, *jobs_, *logs_);
  }
  // Lines "line 0" and so on, of two tasks by turns; each tenth is an error.
  void Fill(int lines) {
    logs::StreamRef worker;
    worker.role = "worker";
    ASSERT_TRUE(logs_->AttachSpools(kJob, {{{}, dir_ / "a"}, {worker, dir_ / "b"}}).ok());
    for (int i = 0; i < lines; ++i) {
      std::ofstream(dir_ / (i % 2 == 0 ? "a" : "b"), std::ios::app)
          << (i % 10 == 3 ? "ERROR:root:" : "") << "line " << i << "\n";
      if (i < 100 || i % 50 == 0) logs_->PumpAll();
    }
    logs_->PumpAll();
  }
  json::value Ask(Query query, int status = 200) {
    const net::Router::Match match =
        router_.Find("GET", "/mlengine/v1/projects/p/jobs/" + job_ + "/log:window");
    net::Request request;
    request.path_values = match.path_values;
    request.query = std::move(query);
    const net::Response response = match.route->handler(request);
    EXPECT_EQ(response.status, status) << response.body;
    return json::parse(response.body);
  }
  static std::vector<std::string> Lines(const json::value& answer) {
    std::vector<std::string> lines;
    for (const json::value& entry : answer.at("entries").as_array())
      lines.emplace_back(entry.at("message").as_string());
    return lines;
  }
  static std::string Text(const json::value& answer, const char* key) {
    return std::string(answer.at(key).as_string());
  }

  const logs::JobRef kJob{"p", "j"};
  std::string job_ = "j";
  TempDir dir_;
  FakeClock clock_;
  std::unique_ptr<store::JobStore> jobs_ = store::NewMemoryJobStore();
  std::unique_ptr<logs::FileLogStore> logs_;
  net::Router router_;
};

TEST_F(LogWindowTest, TheTailAndWhatIsBeforeIt) {
  Fill(8);
  const json::value tail = Ask({{"limit", "3"}});
  EXPECT_THAT(Lines(tail), ElementsAre("line 5", "line 6", "line 7"));
  EXPECT_EQ(tail.at("count").to_number<int>(), 8);
  EXPECT_FALSE(tail.at("start").as_bool());
  EXPECT_TRUE(tail.at("end").as_bool());
  EXPECT_FALSE(tail.at("ended").as_bool());
  EXPECT_EQ(tail.at("entries").at(0).at("insertId").as_string(), "000000000005");
  const json::value before = Ask({{"before", Text(tail, "previous")}, {"limit", "5"}});
  EXPECT_THAT(Lines(before),
              ElementsAre("line 0", "line 1", "line 2", "ERROR:root:line 3", "line 4"));
  EXPECT_TRUE(before.at("start").as_bool());
  EXPECT_FALSE(before.at("end").as_bool());
  EXPECT_THAT(Lines(Ask({{"after", Text(before, "next")}})),
              ElementsAre("line 5", "line 6", "line 7"));
  EXPECT_THAT(Lines(Ask({{"after", Text(tail, "next")}})), IsEmpty());
}

TEST_F(LogWindowTest, EachPlace) {
  Fill(8);
  const std::string stamp = Text(Ask({}).at("entries").at(6), "timestamp");
  const std::vector<std::pair<Query, std::string>> table = {
      {{{"tail", "true"}, {"limit", "1"}}, "line 7"},
      {{{"after", "000000000004"}}, "line 5"},
      {{{"after", ""}}, "line 0"},
      {{{"from", "000000000004"}}, "line 4"},
      {{{"from", "000000000000"}}, "line 0"},
      {{{"before", "000000000003"}, {"limit", "1"}}, "line 2"},
      {{{"time", stamp}}, "line 6"},
      {{{"time", "1970-01-01T00:00:00Z"}}, "line 0"},
      {{{"fraction", "0"}, {"limit", "2"}}, "line 0"},
      {{{"fraction", "0.5"}, {"limit", "2"}}, "line 4"},
      {{{"fraction", "1.0"}, {"limit", "2"}}, "line 6"},
      {{{"fraction", "0.9"}, {"limit", "100"}}, "line 0"},
  };
  for (const auto& [query, first] : table)
    EXPECT_EQ(Lines(Ask(query)).at(0), first) << query[0].first << " " << query[0].second;
  EXPECT_THAT(Lines(Ask({{"time", "2100-01-01T00:00:00Z"}})), IsEmpty());
}

TEST_F(LogWindowTest, FiltersGoOnToTheEnds) {
  Fill(500);
  for (const Query& filter : {Query{{"severity", "ERROR"}}, Query{{"contains", "ROOT:LINE"}},
                              Query{{"task", "worker-replica-0"}, {"severity", "error"}}}) {
    std::vector<std::string> found;
    std::string next;
    for (int i = 0; i < 100; ++i) {
      Query query = filter;
      query.insert(query.end(), {{"after", next}, {"limit", "7"}});
      const json::value answer = Ask(query);
      const std::vector<std::string> lines = Lines(answer);
      found.insert(found.end(), lines.begin(), lines.end());
      next = Text(answer, "next");
      if (answer.at("end").as_bool()) break;
    }
    ASSERT_EQ(found.size(), 50U) << filter[0].first;
    EXPECT_EQ(found[49], "ERROR:root:line 493");
  }
  EXPECT_THAT(Lines(Ask({{"task", "master-replica-0"}, {"severity", "ERROR"}})), IsEmpty());
}

TEST_F(LogWindowTest, StartAndEndAreTheFilters) {
  Fill(60);
  const json::value middle = Ask({{"from", "000000000003"}, {"severity", "ERROR"}, {"limit", "6"}});
  EXPECT_EQ(Lines(middle).size(), 6U);
  EXPECT_TRUE(middle.at("start").as_bool()) << "only other lines are before";
  EXPECT_TRUE(middle.at("end").as_bool()) << "only other lines are behind";
  EXPECT_FALSE(Ask({{"from", "000000000004"}, {"severity", "ERROR"}}).at("start").as_bool());
}

TEST_F(LogWindowTest, NothingYetAndNothingLeft) {
  const json::value none = Ask({});
  EXPECT_EQ(none.at("count").to_number<int>(), 0);
  EXPECT_TRUE(none.at("start").as_bool());
  EXPECT_TRUE(none.at("end").as_bool());
  EXPECT_EQ(Text(none, "next"), "");
  Fill(30);
  EXPECT_EQ(Lines(Ask({{"after", Text(none, "next")}})).size(), 30U);
  ASSERT_TRUE(logs_->CloseStream(kJob, {}, 1'000).code() != StatusCode::kInternal);
  ASSERT_TRUE(logs_->EndLog(kJob, 0, {{logs::Severity::kInfo, "over", "service"}}).ok());
  EXPECT_TRUE(Ask({}).at("ended").as_bool());
  EXPECT_FALSE(Ask({}).as_object().contains("removed"));
  ASSERT_TRUE(logs_->Retire(kJob, {.why = "It was old.", .rule = "LOG_DAYS", .limit = 7}).ok());
  const json::value rest = Ask({{"limit", "2"}});
  json::object removed = rest.at("removed").as_object();
  EXPECT_TRUE(ParseTime(std::string_view(removed.at("time").as_string())).ok());
  removed["time"] = "";
  EXPECT_EQ(json::serialize(removed),
            R"({"time":"","why":"It was old.","rule":"LOG_DAYS","limit":"7","hasFailure":true})");
  EXPECT_THAT(Lines(rest), ElementsAre("ERROR:root:line 23", "It was old."));
  EXPECT_FALSE(rest.at("start").as_bool());
  EXPECT_TRUE(rest.at("end").as_bool());
  EXPECT_THAT(Lines(Ask({{"before", Text(rest, "previous")}})),
              ElementsAre("ERROR:root:line 3", "ERROR:root:line 13"));
  EXPECT_THAT(Lines(Ask({{"after", Text(rest, "next")}})), IsEmpty());
}

TEST_F(LogWindowTest, LongMessagesEndTheAnswerEarly) {
  ASSERT_TRUE(logs_->AttachSpools(kJob, {{{}, dir_ / "a"}}).ok());
  for (int i = 0; i < 60; ++i)
    std::ofstream(dir_ / "a", std::ios::app) << std::string(200'000, 'x') << "\n";
  logs_->PumpAll();
  const json::value tail = Ask({});
  EXPECT_LT(tail.at("entries").as_array().size(), 20U);
  EXPECT_FALSE(tail.at("start").as_bool());
  EXPECT_EQ(Text(Ask({{"before", Text(tail, "previous")}}), "next"),
            logs::InsertIdOf(*logs::ParseInsertId(Text(tail, "previous")) - 1));
}

TEST_F(LogWindowTest, SaysWhatIsWrong) {
  Fill(1);
  for (const Query& query :
       std::vector<Query>{{{"after", "7"}},
                          {{"before", "x"}},
                          {{"from", "0000000000007"}},
                          {{"time", "yesterday"}},
                          {{"fraction", "1.5"}},
                          {{"fraction", "nan"}},
                          {{"tail", "false"}},
                          {{"limit", "0"}},
                          {{"limit", "2001"}},
                          {{"severity", "LOUD"}},
                          {{"contains", std::string(1001, 'x')}},
                          {{"time", "2018-01-01T00:00:00Z"}, {"tail", "true"}}})
    EXPECT_THAT(json::serialize(Ask(query, 400)), HasSubstr(query[0].first));
  job_ = "none";
  Ask({}, 404);
}

}  // namespace
}  // namespace mlengine::engine_api
