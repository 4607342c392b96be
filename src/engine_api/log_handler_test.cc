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
  EXPECT_EQ(Get(RawLogHandler(deps_), {{"stream", "stdin"}}).status, 400);
  EXPECT_EQ(Get(RawLogHandler(deps_), {{"offset", "-1"}}).status, 400);
}

}  // namespace
}  // namespace mlengine::engine_api
