#include "engine_api/log_download.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "logs/file_log_store.h"

namespace mlengine::engine_api {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Pull = net::BodyStream::Pull;

struct Answer {
  int status = 0;
  std::string body;
  std::string content_range;
};

class LogDownloadTest : public ::testing::Test {
 protected:
  LogDownloadTest() {
    store_ = *logs::FileLogStore::Open({dir_.path(), false}, RealFileSystem(), clock_);
    deps_ = {store_.get(), [](const std::string&, const std::string& job) { return job == "j"; }};
    EXPECT_TRUE(store_->AttachSpools({"p", "j"}, {{{}, dir_ / "spool"}}).ok());
  }
  void Write(std::string_view bytes) {
    std::ofstream(dir_ / "spool", std::ios::app) << bytes;
    store_->PumpAll();
  }
  Answer Get(std::vector<std::pair<std::string, std::string>> query, const std::string& range = "",
             const std::string& job = "j") {
    net::Request request;
    request.path_values = {"p", job};
    request.query = std::move(query);
    if (!range.empty()) request.headers.Add("Range", range);
    net::Response response = LogDownloadHandler(deps_)(request);
    Answer answer{response.status, response.body,
                  std::string(response.headers.Get("Content-Range").value_or(""))};
    if (response.stream == nullptr) return answer;
    std::string piece;
    Pull pull{};
    while ((pull = response.stream->Next(piece)) == Pull::kData) answer.body += piece;
    EXPECT_EQ(pull, Pull::kEnd);
    if (response.stream_length) EXPECT_EQ(answer.body.size(), *response.stream_length);
    return answer;
  }

  TempDir dir_;
  FakeClock clock_;
  std::unique_ptr<logs::FileLogStore> store_;
  LogDeps deps_;
};

TEST_F(LogDownloadTest, GivesTheWholeLog) {
  EXPECT_EQ(Get({{"format", "text"}}).body, "");
  ASSERT_TRUE(
      store_->AppendService({"p", "j"}, 0, {{logs::Severity::kInfo, "Job j is queued.", "service"}})
          .ok());
  Write("one\n{\"message\":\"two\\nlines\",\"n\":1}\n\n");
  const std::string day = "\t2018-01-02T03:04:05.00000000";
  const std::string head = "INFO" + day;
  EXPECT_EQ(Get({{"format", "text"}}).body,
            head + "0Z\tservice\t\tJob j is queued.\n" +    //
                head + "1Z\tmaster-replica-0\t\tone\n" +    //
                head + "2Z\tmaster-replica-0\t\ttwo\n" +    //
                head + "2Z\tmaster-replica-0\t\tlines\n" +  //
                head + "3Z\tmaster-replica-0\t\t\n");
  EXPECT_EQ(Get({{"format", "text"}, {"task", "service"}}).body,
            head + "0Z\tservice\t\tJob j is queued.\n");
  const std::string json = Get({{"format", "jsonl"}}).body;
  EXPECT_EQ(std::count(json.begin(), json.end(), '\n'), 4);
  EXPECT_THAT(json, HasSubstr("\"message\":\"two\\nlines\",\"json\":{\"message\":"));
}

// What was given of a log that grows is the beginning of all that is given later.
TEST_F(LogDownloadTest, RangesGoOnWhereTheLogWas) {
  Write("one\ntwo\n");
  for (const char* format : {"text", "jsonl"}) {
    const std::string before = Get({{"format", format}}).body;
    Write("three\n");
    const std::string whole = Get({{"format", format}}).body;
    EXPECT_THAT(whole, StartsWith(before));
    EXPECT_GT(whole.size(), before.size());
    const std::string size = std::to_string(whole.size());
    for (std::size_t at = 0; at < whole.size(); at += 7) {
      const Answer rest = Get({{"format", format}}, "bytes=" + std::to_string(at) + "-");
      EXPECT_EQ(rest.status, 206);
      EXPECT_EQ(rest.body, whole.substr(at));
      EXPECT_EQ(rest.content_range, "bytes " + std::to_string(at) + "-" +
                                        std::to_string(whole.size() - 1) + "/" + size);
    }
    EXPECT_EQ(Get({{"format", format}}, "bytes=3-9").body, whole.substr(3, 7));
    EXPECT_EQ(Get({{"format", format}}, "bytes=-5").body, whole.substr(whole.size() - 5));
    const Answer beyond = Get({{"format", format}}, "bytes=" + size + "-");
    EXPECT_EQ(beyond.status, 416);
    EXPECT_EQ(beyond.content_range, "bytes */" + size);
    EXPECT_EQ(Get({{"format", format}}, "bytes=9-3").status, 200);  // none, so the whole
  }
}

// Many pieces: what is counted is what is sent.
TEST_F(LogDownloadTest, ALongLogIsSentInPieces) {
  std::string lines;
  for (int i = 0; i < 20'000; ++i) lines += "line " + std::to_string(i) + "\n";
  Write(lines);
  const Answer whole = Get({{"format", "text"}});
  EXPECT_EQ(std::count(whole.body.begin(), whole.body.end(), '\n'), 20'000);
  EXPECT_EQ(Get({{"format", "text"}}, "bytes=1000000-1000099").body,
            whole.body.substr(1'000'000, 100));
}

TEST_F(LogDownloadTest, RefusesWhatIsWrong) {
  EXPECT_EQ(Get({{"format", "xml"}}).status, 400);
  EXPECT_EQ(Get({{"format", "text"}, {"follow", "true"}}).status, 400);
  EXPECT_EQ(Get({{"format", "text"}}, "", "other").status, 404);
}

}  // namespace
}  // namespace mlengine::engine_api
