#include "engine_api/pool_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>

#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "model/replica_folder.h"
#include "model/sample_codec.h"
#include "objects/file_object_store.h"
#include "store/memory_job_store.h"

namespace mlengine::engine_api {
namespace {

namespace json = boost::json;
using ml::v1::Job;
using ml::v1::TrainingInput;
using runner::v1::StatusRecord;
using std::chrono::seconds;
using testing::HasSubstr;

class PoolHandlerTest : public testing::Test {
 protected:
  PoolHandlerTest() : objects_(*objects::OpenFileObjectStore(folder_ / "buckets", clock_)) {
    RegisterPool(
        router_,
        {.queue = {store_.get(), &clock_, nullptr, {2, 2}, {}, [this] { return nothing_starts_; }},
         .description = "local",
         .gpus = {{0, "GPU-a", "Tesla K80", 100}, {1, "GPU-b", "Tesla K80", 0}},
         .held_gpus =
             [] {
               return std::vector<std::pair<std::string, std::string>>{{"GPU-b", "It is broken."}};
             },
         .machine = [] { return MachineState{"host", 4, 1000, 500, {0.5, 1, 2}}; },
         .metrics = std::make_shared<metrics::MetricStore>(*objects_),
         .jobs_dir = folder_ / "jobs"});
  }

  json::value Pool() {
    net::Request request;
    const net::Router::Match match = router_.Find("GET", "/mlengine/v1/pool");
    const net::Response response = match.route->handler(request);
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body);
  }
  store::JobRecord Waiting(const std::string& id, int priority = 0) {
    store::JobRecord record;
    record.set_project("p");
    record.set_create_time_ns(1'514'862'000'000'000'000);
    record.mutable_job()->set_job_id(id);
    record.mutable_job()->set_state(Job::QUEUED);
    auto& input = *record.mutable_job()->mutable_training_input();
    input.set_region("us-central1");
    input.set_scale_tier(TrainingInput::BASIC);
    input.mutable_scheduling()->set_priority(priority);
    return record;
  }
  // One replica that has a GPU and two samples.
  store::JobRecord Running(const std::string& id, StatusRecord::Step step) {
    store::JobRecord record = Waiting(id);
    record.mutable_job()->set_state(Job::RUNNING);
    auto& attempt = *record.add_attempts();
    attempt.set_number(1);
    auto& replica = *attempt.add_replicas();
    replica.set_role("master");
    replica.add_gpus("GPU-a");
    replica.mutable_status()->set_step(step);
    for (const auto& [name, start] :
         {std::pair("staging", 1'514'862'001), {"exec", 1'514'862'003}}) {
      auto& phase = *replica.mutable_status()->add_phases();
      phase.set_name(name);
      phase.mutable_start_time()->set_seconds(start);
    }
    const std::string folder = model::ReplicaFolder(folder_ / "jobs", "p", id, 1, "master", 0);
    std::filesystem::create_directories(folder);
    std::string bytes = model::SampleFileHeader(FromUnixNanos(1'514'862'003'000'000'000));
    for (const int second : {1, 3}) {
      model::ResourceSample sample;
      sample.elapsed = seconds(second);
      sample.cpu_user = seconds(second) / 2;
      sample.memory_bytes = 1000 * second;
      model::EncodeSample(sample, bytes);
    }
    std::ofstream(folder + "/" + model::SamplesFile(0), std::ios::binary) << bytes;
    return record;
  }

  TempDir folder_;
  FakeClock clock_;
  std::unique_ptr<objects::ObjectStore> objects_;
  std::unique_ptr<store::JobStore> store_ = store::NewMemoryJobStore();
  std::optional<policy::Reason> nothing_starts_;
  net::Router router_;
};

TEST_F(PoolHandlerTest, AnEmptyPool) {
  EXPECT_EQ(Pool(), json::parse(R"({"description":"local","slots":{"total":2,"used":0},
      "machine":{"host":"host","cpus":4,"memoryBytes":1000,"memoryFreeBytes":500,"load":[0.5,1E0,2E0]},
      "gpus":[{"index":0,"name":"Tesla K80","memoryBytes":100},
              {"index":1,"name":"Tesla K80","held":"It is broken."}],
      "replicas":[],"waiting":0,"queue":[]})"));
}

TEST_F(PoolHandlerTest, WhatRunsWithWhatItUses) {
  ASSERT_TRUE(store_->Create(Running("a", StatusRecord::RUNNING)).ok());
  const json::value pool = Pool();
  EXPECT_EQ(pool.at("slots"), json::parse(R"({"total":2,"used":1})"));
  EXPECT_EQ(pool.at("gpus").at(0).at("job"),
            json::parse(R"({"project":"p","jobId":"a","replica":"master-replica-0"})"));
  EXPECT_EQ(pool.at("replicas"),
            json::parse(R"([{"project":"p","jobId":"a","replica":"master-replica-0",
      "state":"RUNNING","slots":1,"gpus":[0],"startTime":"2018-01-02T03:00:03.000000000Z",
      "memoryBytes":3000,"cpu":5E-1}])"));
}

TEST_F(PoolHandlerTest, WhatHasEndedUsesNothing) {
  ASSERT_TRUE(store_->Create(Running("a", StatusRecord::EXITED)).ok());
  const json::object replica = Pool().at("replicas").at(0).as_object();
  EXPECT_EQ(replica.at("state"), "EXITED");
  EXPECT_FALSE(replica.contains("cpu"));
  EXPECT_FALSE(replica.contains("memoryBytes"));
}

TEST_F(PoolHandlerTest, TheQueueInItsOrderWithWhyEachWaits) {
  ASSERT_TRUE(store_->Create(Running("runs", StatusRecord::RUNNING)).ok());
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(store_->Create(Waiting("j" + std::to_string(i))).ok());
  ASSERT_TRUE(store_->Create(Waiting("urgent", 5)).ok());
  json::value pool = Pool();
  EXPECT_EQ(pool.at("waiting"), 301);
  ASSERT_EQ(pool.at("queue").as_array().size(), 200U);
  const json::value& first = pool.at("queue").at(0);
  EXPECT_EQ(first.at("jobId"), "urgent");
  EXPECT_EQ(first.at("createTime"), "2018-01-02T03:00:00.000000000Z");
  EXPECT_EQ(first.at("slots"), 1);
  EXPECT_EQ(first.at("gpus"), 0);
  EXPECT_EQ(first.at("sentences").at(0), "It needs 1 slot of the 2 of the pool; 1 is free.");
  EXPECT_EQ(first.at("reasons").at(0).at("code"), "NEEDS_ROOM");
  EXPECT_EQ(first.at("reasons").at(0).at("values").at("freeSlots"), "1");
  EXPECT_EQ(pool.at("queue").at(1).at("jobId"), "j0");
  EXPECT_THAT(json::serialize(pool.at("queue").at(1).at("sentences")),
              HasSubstr("1 job is before it, of a higher priority or older: urgent (1 slot)."));
  EXPECT_FALSE(pool.as_object().contains("startsNothing"));
  nothing_starts_ = policy::Reason{"It waits for room.", "DISK_LOW", {{"freeBytes", "7"}}};
  pool = Pool();
  EXPECT_EQ(pool.at("startsNothing"), "It waits for room.");
  EXPECT_EQ(pool.at("queue").at(1).at("sentences"), json::array({"It waits for room."}));
  EXPECT_EQ(json::serialize(pool.at("queue").at(1).at("reasons")),
            R"([{"code":"DISK_LOW","values":{"freeBytes":"7"}}])");
}

}  // namespace
}  // namespace mlengine::engine_api
