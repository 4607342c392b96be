// `mlengine logs …` against a scripted server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/testing/temp_dir.h"
#include "cli/log_entries.h"
#include "cli/testing/fake_session.h"

namespace mlengine::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

net::ClientResponse JsonAnswer(std::string body) {
  return {200, {}, std::move(body)};
}

std::string Entry(int second, const std::string& message) {
  const std::string stamp = "2018-01-02T03:04:0" + std::to_string(second) + ".000000000Z";
  return R"({"insertId":"00000000000)" + std::to_string(second) + R"(","timestamp":")" + stamp +
         R"(","severity":"INFO","resource":{"type":"ml_job","labels":{"job_id":"j","task_name":)"
         R"("master-replica-0"}},"labels":{"ml.googleapis.com/trial_id":""},"jsonPayload":{"message":")" +
         message + R"("}})";
}

class LogsTest : public ::testing::Test {
 protected:
  LogsTest() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
  boost::json::object Body(std::size_t call) const {
    return boost::json::parse(run_.server.calls.at(call).body).as_object();
  }
  FakeRun run_;
};

TEST_F(LogsTest, ReadAsksAsGcloudDoes) {
  run_.server.answer = [](const net::ClientRequest&) { return JsonAnswer("{}"); };
  EXPECT_EQ(run_.Run({"logs", "read", "severity>=ERROR", "--limit=7"}), 0);
  EXPECT_EQ(run_.server.calls[0].target, "/v2/entries:list");
  EXPECT_EQ(Body(0).at("resourceNames"), boost::json::array{"projects/p"});
  EXPECT_EQ(Body(0).at("pageSize"), 7);
  EXPECT_EQ(Body(0).at("orderBy"), "timestamp desc");
  EXPECT_THAT(std::string(Body(0).at("filter").as_string()), StartsWith("timestamp>=\"20"));
  EXPECT_THAT(std::string(Body(0).at("filter").as_string()), HasSubstr("\" AND severity>=ERROR"));
  EXPECT_EQ(run_.Run({"logs", "read", "timestamp>=2018-01-01"}), 0);
  EXPECT_EQ(Body(1).at("filter"), "timestamp>=2018-01-01");
  EXPECT_EQ(run_.Run({"logs", "read", "a", "--order=asc"}), 0);
  EXPECT_EQ(Body(2).at("filter"), "a");
  EXPECT_EQ(Body(2).at("orderBy"), "timestamp asc");
  EXPECT_NE(run_.Run({"logs", "read", "a", "--freshness=soon"}), 0);
  EXPECT_THAT(run_.err.str(), HasSubstr("--freshness=soon is not a duration"));
}

TEST_F(LogsTest, ReadGoesOnBehindEmptyPagesUpToItsLimit) {
  int page = 0;
  run_.server.answer = [&](const net::ClientRequest&) {
    ++page;
    if (page == 1) return JsonAnswer(R"({"nextPageToken":"x"})");
    return JsonAnswer("{\"entries\":[" + Entry(page, "a") + "," + Entry(page, "b") +
                      R"(],"nextPageToken":"y"})");
  };
  EXPECT_EQ(run_.Run({"logs", "read", "--limit=3", "--format=value(jsonPayload.message)"}), 0);
  EXPECT_EQ(run_.out.str(), "a\nb\na\n");
  EXPECT_EQ(Body(1).at("pageToken"), "x");
  EXPECT_EQ(Body(2).at("pageSize"), 1);
  EXPECT_EQ(run_.server.calls.size(), 3U);
}

TEST_F(LogsTest, NumbersAreAsPythonWritesThem) {
  run_.server.answer = [](const net::ClientRequest&) {
    return JsonAnswer(
        R"({"entries":[{"a":[2.5E-1,1E2,1E-5,1E300,-12345.678,0.1,1E15,1E16,0.0,7,1E-4]}]})");
  };
  EXPECT_EQ(run_.Run({"logs", "read", "--format=value(a)"}), 0);
  EXPECT_EQ(run_.out.str(),
            "0.25;100.0;1e-05;1e+300;-12345.678;0.1;1000000000000000.0;1e+16;0.0;7;0.0001\n");
}

TEST_F(LogsTest, GrepAsksForAPattern) {
  run_.server.answer = [](const net::ClientRequest&) {
    return JsonAnswer("{\"entries\":[" + Entry(1, "one\\ntwo") + "]}");
  };
  EXPECT_EQ(run_.Run({"logs", "grep", "a\"b\\d", "--job=j", "-i"}), 0);
  EXPECT_EQ(Body(0).at("filter"),
            R"((jsonPayload.message=~"(?i)a\"b\\d" OR textPayload=~"(?i)a\"b\\d") AND )"
            R"(resource.labels.job_id="j")");
  const std::string head = "INFO\t2018-01-02 03:04:01 +0000\tmaster-replica-0\t\t";
  EXPECT_EQ(run_.out.str(), head + "one\n" + head + "two\n");
  run_.out.str("");
  EXPECT_EQ(run_.Run({"logs", "grep", "x"}), 0);
  EXPECT_EQ(run_.out.str(), "j\t" + head + "one\nj\t" + head + "two\n");
  run_.server.answer = [](const net::ClientRequest&) { return JsonAnswer("{}"); };
  EXPECT_EQ(run_.Run({"logs", "grep", "x"}), kExitFailed);
}

// Entries 1 to 9; those with an "x" match. The server answers by the bound in the filter.
TEST_F(LogsTest, GrepPrintsEachNeighbourOnce) {
  const std::string messages = ".x.x....x";
  run_.server.answer = [&](const net::ClientRequest& request) {
    const boost::json::object body = boost::json::parse(request.body).as_object();
    const std::string filter(body.at("filter").as_string());
    const std::size_t bound = filter.find("timestamp");
    const auto limit = static_cast<std::size_t>(body.at("pageSize").as_int64());
    std::vector<std::string> found;
    for (int i = 1; i <= 9; ++i) {
      const std::string text(1, messages[static_cast<std::size_t>(i - 1)]);
      const int second = bound == std::string::npos ? 0 : filter[bound + 29] - '0';
      const bool fits = bound == std::string::npos ? text == "x"
                        : filter[bound + 9] == '<' ? i < second
                                                   : i > second;
      if (fits) found.push_back(Entry(i, text + std::to_string(i)));
    }
    if (body.at("orderBy") == "timestamp desc") std::reverse(found.begin(), found.end());
    if (found.size() > limit) found.resize(limit);
    std::string all;
    for (const std::string& one : found) all += (all.empty() ? "" : ",") + one;
    return JsonAnswer("{\"entries\":[" + all + "]}");
  };
  EXPECT_EQ(run_.Run({"logs", "grep", "x", "--job=j", "-C", "1"}), 0);
  std::string shown;
  std::istringstream lines(run_.out.str());
  for (std::string line; std::getline(lines, line);)
    shown += line == "--" ? "--" : line.substr(line.rfind('\t') + 1);
  EXPECT_EQ(shown, ".1x2.3x4.5--.8x9");
}

TEST_F(LogsTest, ListPrintsNames) {
  run_.server.answer = [](const net::ClientRequest&) {
    return JsonAnswer(R"({"logNames":["projects/p/logs/a","projects/p/logs/b"]})");
  };
  EXPECT_EQ(run_.Run({"logs", "list"}), 0);
  EXPECT_EQ(run_.out.str(), "NAME\nprojects/p/logs/a\nprojects/p/logs/b\n");
  EXPECT_EQ(run_.server.calls[0].target, "/v2/projects/p/logs?pageSize=1000");
}

TEST_F(LogsTest, DownloadGoesOnWhereItWasCut) {
  run_.server.streams = {{"abc", "CUT"}, {"CUT"}, {"def"}};
  EXPECT_EQ(run_.Run({"logs", "download", "j", "--as=jsonl"}), 0);
  EXPECT_EQ(run_.out.str(), "abcdef");
  EXPECT_EQ(run_.server.calls[0].target, "/mlengine/v1/projects/p/jobs/j/log?format=jsonl");
  EXPECT_FALSE(run_.server.calls[0].headers.Get("Range"));
  EXPECT_EQ(run_.server.calls[2].headers.Get("Range"), "bytes=3-");
}

TEST_F(LogsTest, DownloadContinuesAFile) {
  TempDir dir;
  const std::string path = dir / "log";
  std::ofstream(path) << "abc";
  run_.server.streams = {{"def"}};
  EXPECT_EQ(run_.Run({"logs", "download", "j", "--output", path, "--continue"}), 0);
  EXPECT_EQ(run_.server.calls[0].headers.Get("Range"), "bytes=3-");
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "abcdef");
  run_.server.answer = [](const net::ClientRequest&) { return net::ClientResponse{416, {}, "{}"}; };
  EXPECT_EQ(run_.Run({"logs", "download", "j", "--output", path, "--continue"}), 0);
  EXPECT_NE(run_.Run({"logs", "download", "j", "--continue"}), 0);
}

TEST(ParseSecondsTest, TakesGcloudsDurations) {
  EXPECT_EQ(ParseSeconds("1d"), 86'400);
  EXPECT_EQ(ParseSeconds("2h30m"), 9'000);
  EXPECT_EQ(ParseSeconds("90"), 90);
  EXPECT_EQ(ParseSeconds("90s"), 90);
  for (const char* wrong : {"", "d", "1w", "1.5h", "-1s", "1 d"})
    EXPECT_FALSE(ParseSeconds(wrong)) << wrong;
}

}  // namespace
}  // namespace mlengine::cli
