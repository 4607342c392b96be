#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <set>

#include "base/digest.h"
#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "logging_api/routes.h"
#include "logs/file_log_store.h"

namespace mlengine::logging_api {
namespace {

using ::testing::HasSubstr;

const std::string kJob =
    "(resource.type=\"ml_job\" OR resource.type=\"cloudml_job\") AND resource.labels.job_id=\"j\"";

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
  net::Response Post(std::string body) { return Call("POST", "/v2/entries:list", std::move(body)); }
  net::Response Call(const std::string& method, const std::string& path, std::string body = "",
                     std::vector<std::pair<std::string, std::string>> parameters = {}) {
    net::Router router;
    RegisterLogging(router, Deps());
    const net::Router::Match match = router.Find(method, path);
    net::Request request;
    request.body = std::move(body);
    request.query = std::move(parameters);
    request.path_values = match.path_values;
    EXPECT_NE(match.route, nullptr) << path;
    return match.route->handler(request);
  }
  LoggingDeps Deps() {
    LoggingDeps deps;
    deps.logs = store_.get();
    deps.clock = &clock_;
    deps.limits = limits_;
    deps.jobs = [this](const std::string& project) {
      return project == "p" ? jobs_ : std::vector<LoggedJob>();
    };
    return deps;
  }
  boost::json::object List(const std::string& term, boost::json::object more = {}) {
    return ListAll(kJob + term, std::move(more));
  }
  boost::json::object ListAll(const std::string& filter, boost::json::object more = {}) {
    more["filter"] = filter;
    more["resourceNames"] = boost::json::array{"projects/p"};
    const net::Response response = Post(boost::json::serialize(more));
    EXPECT_EQ(response.status, 200) << response.body;
    return boost::json::parse(response.body).as_object();
  }

  TempDir dir_;
  FakeClock clock_;
  std::unique_ptr<logs::FileLogStore> store_;
  std::vector<LoggedJob> jobs_;
  ListLimits limits_;
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
  const std::string last =
      Base64Encode("[\"v2\",\"asc\"," + std::to_string(INT64_MAX) + ",\"\",\"p\",\"j\"]");
  EXPECT_TRUE(List("", {{"pageToken", last}}).empty());
}

TEST_F(EntriesListTest, RefusesBadRequests) {
  const std::string names =
      "{\"resourceNames\":[\"projects/p\"],\"filter\":\"resource.labels.job_id=j\"";
  EXPECT_EQ(Post(names + "}").status, 200);
  for (const std::string& body :
       {std::string("{"), std::string("[]"),
        std::string("{\"filter\":\"resource.labels.job_id=j\"}"),
        std::string("{\"resourceNames\":[]}"), std::string("{\"resourceNames\":[\"projects/\"]}"),
        std::string("{\"resourceNames\":[\"projects/p/logs/x\"]}"),
        std::string("{\"resourceNames\":[\"projects/p\"],\"filter\":\"a=b\"}"),
        names + ",\"orderBy\":\"severity\"}", names + ",\"pageSize\":-1}",
        names + ",\"pageToken\":\"x\"}",
        std::string(
            "{\"resourceNames\":[\"folders/1\"],\"filter\":\"resource.labels.job_id=j\"}")}) {
    EXPECT_EQ(Post(body).status, 400) << body;
  }
}

// Three jobs whose entries lie between each other's; two moments are shared.
class ManyJobsTest : public EntriesListTest {
 protected:
  static constexpr int kEntries = 30;
  ManyJobsTest() {
    int said[3] = {0, 0, 0};
    for (int i = 0; i < kEntries; ++i) {
      const int job = i % 3;
      const std::string name = "job" + std::to_string(job);
      if (i % 10 != 0) clock_.Advance(std::chrono::seconds(1));
      said[job] =
          *store_->AppendService({"p", name}, said[job],
                                 {{i % 2 == 0 ? logs::Severity::kInfo : logs::Severity::kError,
                                   "entry " + std::to_string(i), "service"}});
    }
    for (int job = 0; job < 3; ++job) jobs_.push_back({"job" + std::to_string(job), {}, {}, {}});
    for (LoggedJob& job : jobs_) {
      job.create_ns = 0;
      job.end_ns = INT64_MAX;
    }
    jobs_[0].tasks = {"master-replica-0"};
  }
  // All pages, one after the other; each entry's text.
  std::vector<std::string> Pages(const std::string& filter, boost::json::object more, int* pages) {
    std::vector<std::string> texts;
    for (*pages = 1; *pages < 1000; ++*pages) {
      const boost::json::object page = ListAll(filter, more);
      if (page.contains("entries")) {
        for (const auto& entry : page.at("entries").as_array())
          texts.emplace_back(entry.at("textPayload").as_string());
      }
      if (!page.contains("nextPageToken")) return texts;
      more["pageToken"] = page.at("nextPageToken");
    }
    ADD_FAILURE() << "the pages do not end";
    return texts;
  }
};

TEST_F(ManyJobsTest, AreReadInOneOrderWhateverThePages) {
  std::vector<std::string> all;
  for (int i = 0; i < kEntries; ++i) all.push_back("entry " + std::to_string(i));
  int pages = 0;
  for (const int size : {1, 3, 7, 1000}) {
    std::vector<std::string> up = Pages("", {{"pageSize", size}}, &pages);
    ASSERT_EQ(up.size(), all.size()) << size;
    // Those of one moment are in the order of their insertIds.
    std::sort(up.begin(), up.end());
    std::vector<std::string> sorted = all;
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(up, sorted);
    EXPECT_EQ(pages, (kEntries + size - 1) / size);
    std::vector<std::string> down =
        Pages("", {{"pageSize", size}, {"orderBy", "timestamp desc"}}, &pages);
    const std::vector<std::string> once = Pages("", {{"pageSize", 1000}}, &pages);
    std::reverse(down.begin(), down.end());
    EXPECT_EQ(down, once) << size;
  }
}

TEST_F(ManyJobsTest, ACallWithoutTimeStillComesFurther) {
  int pages = 0;
  const std::vector<std::string> wanted = Pages("severity=ERROR", {{"pageSize", 1000}}, &pages);
  EXPECT_EQ(wanted.size(), 15U);
  limits_.time = std::chrono::milliseconds(0);
  for (const char* order : {"timestamp asc", "timestamp desc"}) {
    std::vector<std::string> got =
        Pages("severity=ERROR", {{"pageSize", 1000}, {"orderBy", order}}, &pages);
    if (std::string(order) == "timestamp desc") std::reverse(got.begin(), got.end());
    EXPECT_EQ(got, wanted) << order;
    EXPECT_GT(pages, 10) << order;  // most of them empty
  }
}

TEST_F(ManyJobsTest, AreBoundedByTheirTimes) {
  int pages = 0;
  EXPECT_EQ(Pages("resource.labels.job_id=(job0 OR job2)", {}, &pages).size(), 20U);
  EXPECT_EQ(Pages("resource.labels.job_id=job0 resource.labels.job_id=job2", {}, &pages).size(),
            0U);
  EXPECT_EQ(Pages("\"entry 7\"", {}, &pages), std::vector<std::string>{"entry 7"});
  // A job that ended long before is not opened.
  jobs_[0].end_ns = ToUnixNanos(clock_.Now() - std::chrono::hours(1));
  EXPECT_EQ(Pages("timestamp>=\"2018-01-02T03:00:00Z\"", {}, &pages).size(), 20U);
}

TEST_F(ManyJobsTest, PagesStayWhileTheLogsGrow) {
  boost::json::object more{{"pageSize", 4}};
  std::set<std::string> seen;
  for (int page = 0; page < 100; ++page) {
    const boost::json::object answer = ListAll("", more);
    for (const auto& entry : answer.at("entries").as_array())
      EXPECT_TRUE(seen.emplace(entry.at("textPayload").as_string()).second);
    if (!answer.contains("nextPageToken")) break;
    more["pageToken"] = answer.at("nextPageToken");
    if (page < 3) {
      clock_.Advance(std::chrono::seconds(1));
      ASSERT_TRUE(
          store_
              ->AppendService({"p", "job1"}, 100 + page,
                              {{logs::Severity::kInfo, "late " + std::to_string(page), "service"}})
              .ok());
    }
  }
  EXPECT_EQ(seen.size(), 33U);
}

TEST_F(ManyJobsTest, ATokenKeepsItsOrder) {
  const boost::json::object page = ListAll("", {{"pageSize", 4}});
  boost::json::object other{{"resourceNames", boost::json::array{"projects/p"}},
                            {"orderBy", "timestamp desc"},
                            {"pageToken", page.at("nextPageToken")}};
  const net::Response answer = Post(boost::json::serialize(other));
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("orderBy must stay"));
}

TEST_F(ManyJobsTest, LogsAreListed) {
  const auto names = [&](std::vector<std::pair<std::string, std::string>> parameters) {
    return boost::json::parse(Call("GET", "/v2/projects/p/logs", "", std::move(parameters)).body)
        .as_object();
  };
  const boost::json::array all{
      "projects/p/logs/master-replica-0", "projects/p/logs/ml.googleapis.com%2Fjob0",
      "projects/p/logs/ml.googleapis.com%2Fjob1", "projects/p/logs/ml.googleapis.com%2Fjob2"};
  EXPECT_EQ(names({}), (boost::json::object{{"logNames", all}}));
  const boost::json::object first = names({{"pageSize", "3"}});
  EXPECT_EQ(first.at("logNames").as_array().size(), 3U);
  const boost::json::object second =
      names({{"pageToken", std::string(first.at("nextPageToken").as_string())}});
  EXPECT_EQ(second, (boost::json::object{{"logNames", boost::json::array{all[3]}}}));
  EXPECT_EQ(Call("GET", "/v2/projects/p/logs", "", {{"pageSize", "-1"}}).status, 400);
  EXPECT_EQ(Call("GET", "/v2/projects/p/logs", "", {{"pageToken", "!"}}).status, 400);
}

TEST_F(EntriesListTest, WhatIsNotBuiltIsNamed) {
  EXPECT_EQ(Call("POST", "/v2/entries:write", "{}").status, 501);
  EXPECT_THAT(Call("POST", "/v2/entries:write", "{}").body,
              HasSubstr("entries.write is not supported"));
  EXPECT_EQ(Call("DELETE", "/v2/projects/p/logs/x").status, 501);
  EXPECT_THAT(Call("GET", "/v2/monitoredResourceDescriptors").body, HasSubstr("\"ml_job\""));
}

// A line that cannot hold the text is not made into an entry; one that may is.
TEST_F(EntriesListTest, FindsTextsInLinesAndInJson) {
  Write(
      "needle in a line\nNEEDLE\nnothing\n{\"message\":\"a "
      "n\\u0065edle\"}\n{\"message\":\"x\",\"k\":\"Needle\"}\n");
  const auto count = [&](const std::string& term) {
    const boost::json::object answer = List(term);
    return answer.contains("entries") ? answer.at("entries").as_array().size() : 0;
  };
  EXPECT_EQ(count(" needle"), 4U);
  EXPECT_EQ(count(" jsonPayload.message:needle"), 3U);
  EXPECT_EQ(count(" jsonPayload.k=needle"), 1U);
  EXPECT_EQ(count(" SEARCH(\"needle line\")"), 1U);
  EXPECT_EQ(count(" master-replica-0"), 5U);
}

// Exactly the follower's own question: its bound hides nothing.
TEST_F(EntriesListTest, TheFollowersBoundIsTakenAway) {
  Write("a\n");
  const std::string lower = " AND timestamp>=\"1970-01-01T01:00:00.000000000Z\"";
  const auto bound = [&](std::chrono::seconds from_now) {
    return " AND timestamp<\"" + FormatTimeNanos(clock_.Now() + from_now) + "\"";
  };
  EXPECT_TRUE(List(lower + bound(std::chrono::seconds(-5))).contains("entries"));
  EXPECT_TRUE(
      List(" AND (resource.labels.task_name=\"master-replica-0\" OR labels.task_name=\"x\")" +
           lower + bound(std::chrono::seconds(-5)))
          .contains("entries"));
  EXPECT_FALSE(List(lower + bound(std::chrono::hours(-2))).contains("entries"));
  EXPECT_FALSE(List(bound(std::chrono::seconds(-5))).contains("entries"));
  EXPECT_FALSE(ListAll("resource.labels.job_id=j" + lower + bound(std::chrono::seconds(-5)))
                   .contains("entries"));
}

}  // namespace
}  // namespace mlengine::logging_api
