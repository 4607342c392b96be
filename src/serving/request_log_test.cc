#include "serving/request_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "objects/file_object_store.h"

namespace mlengine::serving {
namespace {

class RequestLogTest : public testing::Test {
 protected:
  void SetUp() override {
    objects_ = *objects::OpenFileObjectStore(dir_.path(), clock_);
    objects::Bucket bucket;
    bucket.name = "kept";
    bucket.project = "p";
    ASSERT_TRUE(objects_->CreateBucket(bucket).ok());
  }
  static LoggedRequest Asked(const std::string& version, const std::string& response) {
    return {.folder = "gs://kept/asked",
            .model = "m",
            .version = version,
            .time = Time(std::chrono::seconds(1'764'000'000)),
            .took = std::chrono::milliseconds(5),
            .request = R"({"instances":[1]})",
            .response = response};
  }
  // The lines of all objects, by their names.
  std::map<std::string, std::string> Kept() {
    std::map<std::string, std::string> kept;
    const auto list = objects_->List("kept", {});
    for (const auto& object : list->objects) {
      const auto reader = objects_->Open("kept", object.name);
      kept[object.name] = *(*reader)->ReadAt(0, object.size);
    }
    return kept;
  }
  TempDir dir_;
  FakeClock clock_;
  std::unique_ptr<objects::ObjectStore> objects_;
};

TEST_F(RequestLogTest, WhatWaitsIsWrittenAtTheEndByVersion) {
  {
    RequestLog log(*objects_);
    log.Add(Asked("v1", R"({"predictions":[2]})"));
    log.Add(Asked("v1", R"({"predictions":[NaN]})"));
    log.Add(Asked("v2", R"({"error":"no"})"));
  }
  const auto kept = Kept();
  ASSERT_EQ(kept.size(), 2U);
  const auto& [name, lines] = *kept.begin();
  EXPECT_THAT(name, testing::MatchesRegex("asked/m/v1/2025-11-24/160000-[0-9a-f]{16}.jsonl"));
  EXPECT_EQ(lines,
            R"({"time":"2025-11-24T16:00:00.000000000Z","model":"m","version":"v1","seconds":5E-3,)"
            R"("request":{"instances":[1]},"response":{"predictions":[2]}})"
            "\n"
            R"({"time":"2025-11-24T16:00:00.000000000Z","model":"m","version":"v1","seconds":5E-3,)"
            R"("request":{"instances":[1]},"response":"{\"predictions\":[NaN]}"})"
            "\n");
}

TEST_F(RequestLogTest, WhatCannotBeWrittenOrWaitIsCounted) {
  RequestLog log(*objects_, {.write_every = std::chrono::milliseconds(5), .most_bytes = 2'000});
  LoggedRequest lost = Asked("v1", "{}");
  lost.folder = "gs://nowhere/x";
  log.Add(lost);
  LoggedRequest large = Asked("v1", std::string(2'000, 'x'));
  log.Add(large);
  while (log.figures().dropped < 2) std::this_thread::yield();
  EXPECT_THAT(log.figures().last_error, testing::HasSubstr("nowhere"));
  log.Add(Asked("v1", "{}"));
  while (log.figures().written < 1) std::this_thread::yield();
  EXPECT_EQ(log.figures().last_error, "");
}

}  // namespace
}  // namespace mlengine::serving
