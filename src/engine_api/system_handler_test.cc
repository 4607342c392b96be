#include "engine_api/system_handler.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/testing/fake_clock.h"
#include "store/memory_job_store.h"

namespace mlengine::engine_api {
namespace {

namespace json = boost::json;
using ml::v1::Job;

TEST(SystemHandlerTest, TellsWhatIsKnown) {
  FakeClock clock;
  const auto store = store::NewMemoryJobStore();
  int number = 0;
  for (const Job::State state : {Job::RUNNING, Job::CANCELLING, Job::QUEUED, Job::FAILED}) {
    store::JobRecord record;
    record.set_project("p");
    record.mutable_job()->set_job_id("j" + std::to_string(++number));
    record.mutable_job()->set_state(state);
    ASSERT_TRUE(store->Create(record).ok());
  }
  std::optional<StoreReport> measured;
  net::Router router;
  RegisterSystem(
      router, {.store = store.get(),
               .version = "1.2.3",
               .started = clock.Now(),
               .data_folder = "/data",
               .boot_id = "boot",
               .default_runtime = "2.19",
               .url = [] { return std::string("http://127.0.0.1:1"); },
               .disk = [] { return DiskReport{10, 5, 1, false, "Room."}; },
               .measured = [&measured] { return measured; },
               .limits = [] { return std::vector<LimitReport>{{"limits.connections", 5, ""}}; }});
  const auto call = [&router] {
    net::Request request;
    return json::parse(router.Find("GET", "/mlengine/v1/system").route->handler(request).body);
  };
  EXPECT_EQ(call(), json::parse(R"({"version":"1.2.3","startTime":"2018-01-02T03:04:05.000000000Z",
      "url":"http://127.0.0.1:1","dataFolder":"/data","bootId":"boot","defaultRuntime":"2.19",
      "programs":[],"disk":{"freeBytes":10,"lowWaterBytes":5,"reserveBytes":1,"low":false,
      "sentence":"Room."},"store":{"jobs":{"total":4,"running":2}},
      "limits":[{"name":"limits.connections","value":5,"unit":""}],"logs":{}})"));
  measured = StoreReport{clock.Now(), {{"state", 7}, {"logs", 8}}, {{"a", 3, "1"}, {"b", 4, ""}}};
  const json::value answer = call();
  EXPECT_EQ(answer.at("programs"),
            json::parse(R"([{"name":"a","bytes":3,"version":"1"},{"name":"b","bytes":4}])"));
  EXPECT_EQ(answer.at("store").at("bytes"), json::parse(R"({"logs":8,"state":7})"));
  EXPECT_EQ(answer.at("store").at("measuredAt"), "2018-01-02T03:04:05.000000000Z");
}

}  // namespace
}  // namespace mlengine::engine_api
