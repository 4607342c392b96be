#include "serving/version_logs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "base/file_system.h"
#include "logs/file_log_store.h"
#include "model/version_log_name.h"

namespace mlengine::serving {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class VersionLogsTest : public testing::Test {
 protected:
  VersionLogsTest() {
    std::filesystem::create_directories(folder_ + "/serving");
    store_ = *logs::FileLogStore::Open({folder_, false}, RealFileSystem(), clock_);
  }
  ~VersionLogsTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<VersionLogs> Made(VersionLogsOptions options = {}) {
    options.data_folder = folder_;
    options.console_folder = folder_ + "/serving";
    options.write_every = std::chrono::milliseconds(5);
    auto made = std::make_unique<VersionLogs>(*store_, clock_, std::move(options));
    return made;
  }

  // All messages of the project's logs.
  std::vector<std::string> Messages(const VersionLogs& logs, const std::string& task = "") {
    std::vector<std::string> messages;
    for (const VersionLogs::Span& span : logs.Of("p")) {
      logs::LogQuery query{.limit = 100'000};
      if (!task.empty()) query.task_names = {task};
      const auto entries = store_->Query({"p", span.id}, query);
      EXPECT_TRUE(entries.ok()) << entries.status().ToString();
      for (const logs::LogEntry& entry : *entries) messages.push_back(entry.message);
    }
    return messages;
  }

  void Print(const std::string& text) {
    std::ofstream(console_, std::ios::app) << text << std::flush;
  }

  // Until that many have been written or dropped.
  static void Await(const VersionLogs& logs, std::uint64_t entries) {
    for (int i = 0; i < 2000; ++i) {
      const VersionLogs::Figures figures = logs.figures();
      if (figures.written + figures.dropped >= entries) return;
      ::usleep(5000);
    }
    FAIL() << "nothing was written";
  }

  const std::string folder_ =
      testing::TempDir() + "version_logs_test." + std::to_string(::getpid());
  const std::string console_ = folder_ + "/serving/p.flowers.v1.log";
  const LoggedVersion version_{"p", "us-central1", "flowers", "v1"};
  Clock& clock_ = SystemClock();
  std::unique_ptr<logs::FileLogStore> store_;
};

TEST_F(VersionLogsTest, ARequestIsALineWithoutItsBodies) {
  const auto logs = Made();
  logs->Start();
  logs->AddAccess(version_, {.time = clock_.Now(),
                             .took = std::chrono::microseconds(12'345),
                             .status = 200,
                             .refused = true,
                             .request_bytes = 70,
                             .answer_bytes = 9});
  logs->AddAccess(version_, {.time = clock_.Now(), .status = 503});
  Await(*logs, 2);
  ASSERT_EQ(logs->Of("p").size(), 1U);
  const auto entries = *store_->Query({"p", logs->Of("p")[0].id}, {});
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].message, "200 in 12.345 ms, refused by the model");
  EXPECT_EQ(entries[0].task_name, "access");
  EXPECT_EQ(entries[0].severity, logs::Severity::kInfo);
  EXPECT_THAT(entries[0].json, testing::HasSubstr("\"requestBytes\":70,\"responseBytes\":9"));
  EXPECT_EQ(entries[1].severity, logs::Severity::kError);
  EXPECT_THAT(logs->Of("other"), IsEmpty());
}

TEST_F(VersionLogsTest, WhatComesTooFastIsDroppedAndSaid) {
  const auto logs = Made({.most_waiting = 3});
  for (int i = 0; i < 10; ++i) logs->AddAccess(version_, {.time = clock_.Now()});
  EXPECT_EQ(logs->figures().dropped, 7U);
  logs->Start();
  Await(*logs, 11);
  EXPECT_THAT(Messages(*logs, "stream"),
              ElementsAre("7 entries were dropped here: more came than could be kept in time."));
  EXPECT_EQ(Messages(*logs, "access").size(), 3U);
}

TEST_F(VersionLogsTest, WhatAVersionPrintsFromNowOn) {
  Print("long ago\n");
  const auto logs =
      Made({.consoles = [this] { return std::vector<ConsoleFile>{{version_, console_}}; }});
  logs->Start();
  Print("loading\nTraceback (most recent call last):\n  File \"a.py\", line 1\nValueError: no\nW");
  Await(*logs, 2);
  Print("ARNING: half\n");
  Await(*logs, 3);
  EXPECT_THAT(Messages(*logs),
              ElementsAre("loading",
                          "Traceback (most recent call last):\n  File \"a.py\", line 1\n"
                          "ValueError: no",
                          "WARNING: half"));
  EXPECT_THAT(Messages(*logs, "access"), IsEmpty());
}

TEST_F(VersionLogsTest, ALogIsBoundedAndOldOnesGo) {
  std::vector<std::string> begun;
  auto logs = Made({.log_entries = 5, .most_logs = 1000});
  logs->Subscribe([&begun](const std::string&, const std::string& id) { begun.push_back(id); });
  logs->Start();
  for (std::uint64_t i = 1; i <= 12; ++i) {
    logs->AddAccess(version_, {.time = clock_.Now()});
    Await(*logs, i);
  }
  logs.reset();  // writes what waits
  EXPECT_EQ(begun.size(), 3U);
  // The next server finds them, and takes away those that are too many.
  logs = Made({.most_logs = 2});
  EXPECT_EQ(logs->Of("p").size(), 3U);
  EXPECT_EQ(Messages(*logs).size(), 12U);
  EXPECT_EQ(logs->Of("p")[0].end_ns, logs->Of("p")[1].begin_ns);
  logs->Start();
  logs.reset();
  logs = Made();
  EXPECT_EQ(logs->Of("p").size(), 2U);
  EXPECT_EQ(Messages(*logs).size(), 7U);
}

TEST_F(VersionLogsTest, WhatIsOverGoes) {
  auto logs = Made();
  logs->Start();
  logs->AddAccess(version_, {.time = clock_.Now()});
  logs.reset();
  const auto keep = [](std::int64_t days) {
    return VersionLogsOptions{.keep_days = [days](const std::string&) { return days; },
                              .log_age = std::chrono::hours(0)};
  };
  logs = Made(keep(1));
  logs->Start();
  logs.reset();
  EXPECT_EQ(Made()->Of("p").size(), 1U);
  logs = Made(keep(0));
  logs->Start();
  logs.reset();
  EXPECT_THAT(Made()->Of("p"), IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(folder_ + "/logs/p"));
}

TEST(VersionLogName, IsNoJobsId) {
  const model::VersionLogName name{"us-central1", "flowers", "v1", 1730000000123456789};
  EXPECT_EQ(model::VersionLogId(name), "models/us-central1/flowers/v1/1730000000123456789");
  EXPECT_EQ(model::ParseVersionLogId(model::VersionLogId(name)), name);
  for (const char* other : {"models", "models_1", "models/a/b/c", "models/a/b/c/x", "models/a//c/1",
                            "models/a/b/c/1/2", ""}) {
    EXPECT_EQ(model::ParseVersionLogId(other), std::nullopt) << other;
  }
}

}  // namespace
}  // namespace mlengine::serving
