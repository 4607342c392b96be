#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>

#include "base/digest.h"
#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "logging_api/entries_handler.h"
#include "logging_api/log_filter.h"
#include "logs/file_log_store.h"

namespace mlengine::logging_api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kJob =
    "(resource.type=\"ml_job\" OR resource.type=\"cloudml_job\") AND resource.labels.job_id=\"j\"";

TEST(LogFilterTest, MatchesAsGcloudAsks) {
  logs::LogEntry entry;
  entry.stamp_ns = 1'000'000'005;
  entry.insert_id = "000000000007";
  entry.task_name = "master-replica-0";
  entry.severity = logs::Severity::kWarning;
  const std::vector<std::pair<std::string, bool>> table = {
      {"", true},
      {" AND timestamp>=\"1970-01-01T00:00:01.000000005Z\"", true},
      {" AND timestamp>\"1970-01-01T00:00:01.000000005Z\"", false},
      {" AND timestamp<\"1970-01-01T00:00:01Z\"", true},  // ignored
      {" AND ((timestamp=\"1970-01-01T00:00:01.000000005Z\" AND insertId>\"000000000006\") OR "
       "timestamp>\"1970-01-01T00:00:01.000000005Z\")",
       true},
      {" AND ((timestamp=\"1970-01-01T00:00:01.000000005Z\" AND insertId>\"000000000007\") OR "
       "timestamp>\"1970-01-01T00:00:01.000000005Z\")",
       false},
      {" AND (resource.labels.task_name=\"service\" OR labels.task_name=\"service\")", false},
      {" AND labels.task_name=\"master-replica-0\"", true},
      {" AND severity>=WARNING", true},
      {" AND severity>=ERROR", false},
      {" logName=\"projects/p/logs/master-replica-0\"", true},
      {" AND resource.labels.job_id=\"k\"", false},
  };
  for (const auto& [term, expected] : table) {
    const auto filter = LogFilter::Parse(kJob + term);
    ASSERT_TRUE(filter.ok()) << filter.status().ToString();
    EXPECT_EQ(filter->Matches("p", "j", entry), expected) << term;
  }
}

TEST(LogFilterTest, SaysWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "expected a field name"},
      {"severity>=INFO", "must name one job"},
      {kJob + " AND colour=\"red\"", "unknown field \"colour\""},
      {kJob + " AND (severity>=INFO", "expected )"},
      {kJob + " AND severity>=LOUD", "\"LOUD\" is not a severity"},
      {kJob + " AND timestamp>\"today\"", "timestamp"},
      {kJob + " AND severity \"x\"", "expected a comparison"},
      {"resource.labels.job_id=\"j", "is not closed"},
      {kJob + " # ", "'#' at character"},
      {std::string(200, '('), "too many parentheses"},
  };
  for (const auto& [text, message] : table) {
    EXPECT_THAT(LogFilter::Parse(text).status().message(), HasSubstr(message)) << text;
  }
}

TEST(LogFilterTest, FindsTheLeastStamp) {
  const auto least = [](const std::string& term) {
    return LogFilter::Parse(kJob + term)->least_stamp_ns();
  };
  EXPECT_EQ(least(" AND timestamp>=\"1970-01-01T00:00:02Z\""), 2'000'000'000);
  EXPECT_EQ(least(" AND (timestamp>\"1970-01-01T00:00:02Z\" OR severity>=INFO)"), 0);
  EXPECT_EQ(least(" AND ((timestamp=\"1970-01-01T00:00:03Z\" AND insertId>\"1\") OR "
                  "timestamp>\"1970-01-01T00:00:03Z\")"),
            3'000'000'000);
}

class EntriesListTest : public ::testing::Test {
 protected:
  EntriesListTest() {
    store_ = *logs::FileLogStore::Open({dir_.path(), false}, RealFileSystem(), clock_);
    EXPECT_TRUE(store_->AttachSpools({"p", "j"}, {{{}, dir_ / "spool"}}).ok());
  }
  void Write(std::string_view bytes) {
    std::ofstream(dir_ / "spool", std::ios::app) << bytes;
    store_->PumpAll();
  }
  net::Response Post(std::string body) {
    net::Request request;
    request.body = std::move(body);
    return EntriesListHandler(*store_)(request);
  }
  boost::json::object List(const std::string& term, boost::json::object more = {}) {
    more["filter"] = kJob + term;
    more["resourceNames"] = boost::json::array{"projects/p"};
    const net::Response response = Post(boost::json::serialize(more));
    EXPECT_EQ(response.status, 200) << response.body;
    return boost::json::parse(response.body).as_object();
  }

  TempDir dir_;
  FakeClock clock_;
  std::unique_ptr<logs::FileLogStore> store_;
};

TEST_F(EntriesListTest, WritesEntriesAsTheClientReadsThem) {
  EXPECT_EQ(List(""), boost::json::object());
  ASSERT_TRUE(
      store_->AppendService({"p", "j"}, 0, {{logs::Severity::kInfo, "Job is queued.", "service"}})
          .ok());
  Write("{\"message\":\"step 1\",\"levelname\":\"WARNING\",\"lineno\":3}\n");
  ASSERT_TRUE(store_
                  ->AppendService({"p", "j"}, 1,
                                  {{logs::Severity::kError, "gr\xC3\xBC\xC3\x9F", "service"}})
                  .ok());
  const boost::json::object answer = List("");
  const boost::json::array& entries = answer.at("entries").as_array();
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].at("textPayload"), "Job is queued.");
  EXPECT_EQ(entries[2].at("jsonPayload").at("message"), "gr\xC3\xBC\xC3\x9F");
  EXPECT_EQ(
      boost::json::serialize(entries[1]),
      "{\"insertId\":\"000000000001\",\"timestamp\":\"2018-01-02T03:04:05.000000001Z\","
      "\"receiveTimestamp\":\"2018-01-02T03:04:05.000000001Z\",\"severity\":\"WARNING\","
      "\"logName\":\"projects/p/logs/"
      "master-replica-0\",\"resource\":{\"type\":\"ml_job\",\"labels\":"
      "{\"job_id\":\"j\",\"project_id\":\"p\",\"task_name\":\"master-replica-0\"}},\"labels\":"
      "{\"ml.googleapis.com/job_id\":\"j\",\"ml.googleapis.com/task_name\":\"master-replica-0\","
      "\"ml.googleapis.com/trial_id\":\"\"},\"jsonPayload\":{\"message\":\"step 1\","
      "\"levelname\":\"WARNING\",\"lineno\":3}}");
}

// gcloud's own loop: pages within a poll, and a lower bound of either form between polls.
TEST_F(EntriesListTest, PollingLosesAndRepeatsNothing) {
  std::vector<std::string> seen;
  std::string stamp = "1970-01-01T01:00:00.000000000Z";
  std::string id;
  int written = 0;
  for (int poll = 0; poll < 6; ++poll) {
    for (int i = 0; i < 7; ++i) Write(std::to_string(written++) + "\n");
    std::string bound = " AND timestamp>=\"" + stamp + "\"";
    if (poll % 2 == 1) {
      bound = " AND ((timestamp=\"" + stamp + "\" AND insertId>\"" + id + "\") OR timestamp>\"" +
              stamp + "\")";
    }
    boost::json::object more{{"orderBy", "timestamp asc"}, {"pageSize", 3}};
    while (true) {
      const boost::json::object page = List(bound, more);
      for (const auto& entry :
           page.contains("entries") ? page.at("entries").as_array() : boost::json::array()) {
        if (entry.at("timestamp").as_string() <= stamp) continue;
        stamp = std::string(entry.at("timestamp").as_string());
        id = std::string(entry.at("insertId").as_string());
        seen.emplace_back(entry.at("jsonPayload").at("message").as_string());
      }
      if (!page.contains("nextPageToken")) break;
      more["pageToken"] = page.at("nextPageToken");
    }
  }
  ASSERT_EQ(seen.size(), 42U);
  for (int i = 0; i < 42; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], std::to_string(i));
}

TEST_F(EntriesListTest, PagesFromTheNewest) {
  Write("a\nb\nc\n");
  boost::json::object more{{"orderBy", "timestamp desc"}, {"pageSize", 2}};
  const boost::json::object first = List("", more);
  EXPECT_EQ(first.at("entries").at(0).at("jsonPayload").at("message"), "c");
  more["pageToken"] = first.at("nextPageToken");
  const boost::json::object second = List("", more);
  EXPECT_EQ(second.at("entries").as_array().size(), 1U);
  EXPECT_EQ(second.at("entries").at(0).at("jsonPayload").at("message"), "a");
  EXPECT_FALSE(second.contains("nextPageToken"));
}

TEST_F(EntriesListTest, TakesMomentsAtTheEndsOfTime) {
  Write("a\n");
  const boost::json::object none;
  EXPECT_TRUE(List(" AND timestamp>=\"0001-01-01T00:00:00Z\"", none).contains("entries"));
  EXPECT_TRUE(List(" AND timestamp>=\"9999-12-31T23:59:59Z\"", none).empty());
  EXPECT_TRUE(List(" AND timestamp>\"9999-12-31T23:59:59Z\"", none).empty());
  const std::string last = Base64Encode("v1:" + std::to_string(INT64_MAX));
  EXPECT_TRUE(List("", {{"pageToken", last}}).empty());
}

TEST_F(EntriesListTest, RefusesBadRequests) {
  const std::string names =
      "{\"resourceNames\":[\"projects/p\"],\"filter\":\"resource.labels.job_id=j\"";
  EXPECT_EQ(Post(names + "}").status, 200);
  for (const std::string& body :
       {std::string("{"), std::string("[]"),
        std::string("{\"filter\":\"resource.labels.job_id=j\"}"),
        names + ",\"orderBy\":\"severity\"}", names + ",\"pageSize\":-1}",
        names + ",\"pageToken\":\"x\"}",
        std::string(
            "{\"resourceNames\":[\"folders/1\"],\"filter\":\"resource.labels.job_id=j\"}")}) {
    EXPECT_EQ(Post(body).status, 400) << body;
  }
}

}  // namespace
}  // namespace mlengine::logging_api
