#include "engine_api/log_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "logs/file_log_store.h"

namespace mlengine::engine_api {
namespace {

using ::testing::HasSubstr;
using Pull = net::BodyStream::Pull;

class LogHandlerTest : public ::testing::Test {
 protected:
  LogHandlerTest() {
    store_ = *logs::FileLogStore::Open({dir_.path(), false}, RealFileSystem(), clock_);
    deps_ = {store_.get(), [](const std::string&, const std::string& job) { return job == "j"; }};
  }
  net::Response Get(const net::Handler& handler,
                    std::vector<std::pair<std::string, std::string>> query,
                    const std::string& job = "j") {
    net::Request request;
    request.path_values = {"p", job};
    request.query = std::move(query);
    request.headers = headers_;
    return handler(request);
  }
  static std::string ReadNow(net::Response& response, Pull* last = nullptr) {
    std::string all;
    std::string piece;
    Pull pull = response.stream->Next(piece);
    for (; pull == Pull::kData; pull = response.stream->Next(piece)) all += piece;
    if (last != nullptr) *last = pull;
    return all;
  }
  void Write(std::string_view bytes) {
    ASSERT_TRUE(store_->AttachSpools({"p", "j"}, {{{}, dir_ / "spool"}}).ok());
    std::ofstream(dir_ / "spool", std::ios::app) << bytes;
    store_->PumpAll();
  }

  TempDir dir_;
  FakeClock clock_;
  std::unique_ptr<logs::FileLogStore> store_;
  LogDeps deps_;
  net::Headers headers_;
};

TEST_F(LogHandlerTest, FollowsUntilTheLogEnds) {
  Write("one\n");
  net::Response response = Get(LogHandler(deps_), {{"follow", "true"}});
  int wakes = 0;
  response.stream->SetWaker([&] { ++wakes; });
  Pull last{};
  EXPECT_EQ(ReadNow(response, &last),
            "{\"insertId\":\"000000000000\",\"timestamp\":\"2018-01-02T03:04:05.000000000Z\","
            "\"severity\":\"INFO\","
            "\"task\":\"master-replica-0\",\"trial\":\"\",\"message\":\"one\"}\n");
  EXPECT_EQ(last, Pull::kWait);
  Write("two\n");
  EXPECT_EQ(wakes, 1);
  EXPECT_THAT(ReadNow(response), HasSubstr("\"message\":\"two\""));
  ASSERT_TRUE(store_->EndLog({"p", "j"}, 0, {}).ok());
  EXPECT_EQ(wakes, 2);
  EXPECT_EQ(ReadNow(response, &last), "{\"end\":true}\n");
  EXPECT_EQ(last, Pull::kEnd);
}

TEST_F(LogHandlerTest, EventsHaveTheirIdsAndEndWithTheLog) {
  Write("one\ntwo\n");
  net::Response response = Get(LogHandler(deps_), {{"follow", "sse"}});
  EXPECT_EQ(response.headers.Get("Content-Type"), "text/event-stream");
  EXPECT_EQ(response.headers.Get("Cache-Control"), "no-store");
  EXPECT_EQ(response.headers.Get("X-Accel-Buffering"), "no");
  Pull last{};
  const std::string events = ReadNow(response, &last);
  EXPECT_EQ(last, Pull::kWait);
  EXPECT_THAT(events, ::testing::StartsWith("retry: 1000\n\nid: 000000000000\ndata: {"));
  EXPECT_THAT(events, HasSubstr("\"message\":\"one\"}\n\nid: 000000000001\ndata: {"));
  EXPECT_LE(*response.stream->WaitLimit(), std::chrono::seconds(15));
  EXPECT_GT(*response.stream->WaitLimit(), std::chrono::seconds(5));
  ASSERT_TRUE(store_->EndLog({"p", "j"}, 0, {}).ok());
  EXPECT_EQ(ReadNow(response, &last), "event: end\ndata: {\"end\":true}\n\n");
  EXPECT_EQ(last, Pull::kEnd);
}

TEST_F(LogHandlerTest, AClientOfEventsGoesOnWhereItWas) {
  Write("one\ntwo\nthree\n");
  headers_.Add("Accept", "text/event-stream");
  headers_.Add("Last-Event-ID", "000000000001");
  net::Response response = Get(LogHandler(deps_), {{"after", "000000000000"}});
  const std::string events = ReadNow(response);
  EXPECT_THAT(events, HasSubstr("\"message\":\"three\""));
  EXPECT_THAT(events, ::testing::Not(HasSubstr("\"message\":\"two\"")));
  ASSERT_TRUE(store_->EndLog({"p", "j"}, 0, {}).ok());
  headers_.Set("Last-Event-ID", "000000000002");
  net::Response ended = Get(LogHandler(deps_), {});
  EXPECT_EQ(ReadNow(ended), "retry: 1000\n\nevent: end\ndata: {\"end\":true}\n\n");
  headers_.Set("Last-Event-ID", "x");
  EXPECT_EQ(Get(LogHandler(deps_), {}).status, 400);
}

TEST_F(LogHandlerTest, ACommentEndsALongSilence) {
  deps_.heartbeat = std::chrono::milliseconds(0);
  net::Response response = Get(LogHandler(deps_), {{"follow", "sse"}});
  std::string piece;
  ASSERT_EQ(response.stream->Next(piece), Pull::kData);
  ASSERT_EQ(response.stream->Next(piece), Pull::kData);
  EXPECT_EQ(piece, ":\n\n");
}

TEST_F(LogHandlerTest, APollAnswersWithWhatThereIs) {
  Write("one\ntwo\n");
  net::Response response = Get(LogHandler(deps_), {{"after", "000000000000"}, {"wait", "60"}});
  const std::string answer = ReadNow(response);
  EXPECT_THAT(answer, ::testing::StartsWith("{\"entries\":[{\"insertId\":\"000000000001\""));
  EXPECT_THAT(answer, HasSubstr("],\"next\":\"000000000001\",\"ended\":false}\n"));
  ASSERT_TRUE(store_->EndLog({"p", "j"}, 0, {}).ok());
  net::Response all = Get(LogHandler(deps_), {{"wait", "60"}});
  EXPECT_THAT(ReadNow(all), HasSubstr("],\"next\":\"000000000001\",\"ended\":true}\n"));
  net::Response none = Get(LogHandler(deps_), {{"after", "000000000001"}, {"wait", "60"}});
  EXPECT_EQ(ReadNow(none), "{\"entries\":[],\"next\":\"000000000001\",\"ended\":true}\n");
}

TEST_F(LogHandlerTest, APollWaitsForAnEntryOrItsTime) {
  net::Response response = Get(LogHandler(deps_), {{"wait", "60"}});
  response.stream->SetWaker([] {});
  Pull last{};
  EXPECT_EQ(ReadNow(response, &last), "");
  EXPECT_EQ(last, Pull::kWait);
  EXPECT_GT(*response.stream->WaitLimit(), std::chrono::seconds(50));
  EXPECT_EQ(response.stream->LastWords(), "{\"entries\":[],\"next\":\"\",\"ended\":false}\n");
  Write("one\n");
  EXPECT_THAT(ReadNow(response), HasSubstr("\"message\":\"one\""));
  net::Response late = Get(LogHandler(deps_), {{"after", "000000000000"}, {"wait", "0"}});
  EXPECT_EQ(ReadNow(late), "{\"entries\":[],\"next\":\"000000000000\",\"ended\":false}\n");
}

TEST_F(LogHandlerTest, GoesOnBehindAnInsertIdWithinATask) {
  Write("one\n{\"message\":\"two\",\"n\":1}\n");
  ASSERT_TRUE(
      store_->AppendService({"p", "j"}, 0, {{logs::Severity::kInfo, "service", "service"}}).ok());
  net::Response response =
      Get(LogHandler(deps_), {{"after", "000000000000"}, {"task", "master-replica-0"}});
  const std::string lines = ReadNow(response);
  EXPECT_THAT(lines, HasSubstr("\"message\":\"two\",\"json\":{\"message\":\"two\",\"n\":1}}\n"));
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 1);
}

TEST_F(LogHandlerTest, GivesTheBytesAsWritten) {
  Write("a\xFF\r\nunfinished");
  net::Response all = Get(RawLogHandler(deps_), {});
  EXPECT_EQ(ReadNow(all), "a\xFF\r\nunfinished");
  net::Response rest = Get(RawLogHandler(deps_), {{"offset", "4"}, {"attempt", "1"}});
  EXPECT_EQ(ReadNow(rest), "unfinished");
}

TEST_F(LogHandlerTest, ARawFollowerMayComeBeforeTheReplica) {
  net::Response response = Get(RawLogHandler(deps_), {{"follow", "true"}});
  int wakes = 0;
  response.stream->SetWaker([&] { ++wakes; });
  Pull last{};
  EXPECT_EQ(ReadNow(response, &last), "");
  EXPECT_EQ(last, Pull::kWait);
  Write("50%");
  EXPECT_EQ(wakes, 1);
  EXPECT_EQ(ReadNow(response), "50%");
  ASSERT_TRUE(store_->EndLog({"p", "j"}, 0, {}).ok());
  EXPECT_EQ(ReadNow(response, &last), "");
  EXPECT_EQ(last, Pull::kEnd);
}

TEST_F(LogHandlerTest, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(Get(LogHandler(deps_), {}, "none").status, 404);
  EXPECT_EQ(Get(RawLogHandler(deps_), {}, "none").status, 404);
  EXPECT_EQ(Get(RawLogHandler(deps_), {{"task", "ps-replica-9"}}).status, 404);
  EXPECT_EQ(Get(LogHandler(deps_), {{"after", "x"}}).status, 400);
  EXPECT_EQ(Get(LogHandler(deps_), {{"follow", "maybe"}}).status, 400);
  EXPECT_EQ(Get(LogHandler(deps_), {{"wait", "61"}}).status, 400);
  EXPECT_EQ(Get(LogHandler(deps_), {{"wait", "-1"}}).status, 400);
  EXPECT_EQ(Get(LogHandler(deps_), {{"wait", "1"}, {"follow", "true"}}).status, 400);
  EXPECT_EQ(Get(RawLogHandler(deps_), {{"stream", "stdin"}}).status, 400);
  EXPECT_EQ(Get(RawLogHandler(deps_), {{"offset", "-1"}}).status, 400);
}

}  // namespace
}  // namespace mlengine::engine_api
