// Questions of the console to the table of jobs and to a job's log, over a few of each.
#include <boost/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "base/testing/fake_clock.h"
#include "door_input.h"
#include "engine_api/job_table_handler.h"
#include "engine_api/log_window.h"
#include "fuzz_target.h"
#include "logs/file_log_store.h"
#include "memory_files.h"
#include "store/memory_job_store.h"

namespace mlengine::fuzz {
namespace {

constexpr int kJobs = 4;
constexpr int kEntries = 6;

struct Engine {
  MemoryFiles files;
  FakeClock clock;
  policy::PriceBook prices = policy::PriceBook::BuiltIn();
  std::unique_ptr<store::JobStore> jobs = store::NewMemoryJobStore();
  std::unique_ptr<logs::FileLogStore> logs;
  engine_api::JobTable table{*jobs, prices};
  net::Router router;

  Engine() {
    for (int i = 0; i < kJobs; ++i) {
      store::JobRecord record;
      record.set_project("p");
      record.mutable_job()->set_job_id("j" + std::to_string(i));
      record.mutable_job()->set_state(static_cast<ml::v1::Job::State>(i + 1));
      record.mutable_job()->set_error_message("it broke\nhere");
      record.mutable_job()->mutable_create_time()->set_seconds(1'514'862'245 + i);
      record.mutable_job()->mutable_training_input()->set_region("us-central1");
      (*record.mutable_job()->mutable_labels())["owner"] = "me";
      Require(jobs->Create(record).ok(), "there is a job");
    }
    auto opened = logs::FileLogStore::Open({"/d", false}, files, clock);
    Require(opened.ok(), "there is a log");
    logs = *std::move(opened);
    std::vector<logs::ServiceEntry> said(kEntries, {logs::Severity::kInfo, "hello", "service"});
    Require(logs->AppendService({"p", "j1"}, 0, said).ok(), "entries are written");
    table.Start();
    while (!table.Loaded()) std::this_thread::yield();
    engine_api::RegisterJobTable(
        router, {.table = &table,
                 .store = jobs.get(),
                 .prices = &prices,
                 .clock = &clock,
                 .progress = [](const store::JobRecord&) { return insight::JobProgress(); }});
    engine_api::RegisterLogWindow(router, *jobs, *logs);
  }
};

}  // namespace

FUZZ_TARGET(console_doors) {
  static Engine engine;
  for (const DoorCall& call : SendAll(engine.router, bytes)) {
    if (call.response.status != 200 || call.response.stream != nullptr) continue;
    const boost::json::object answer = boost::json::parse(call.response.body).as_object();
    if (const auto* jobs = answer.if_contains("jobs")) {
      Require(jobs->as_array().size() <= answer.at("total").to_number<std::size_t>(),
              "a window is a part of all");
      Require(jobs->as_array().size() <= kJobs, "no job is told twice");
    }
    if (const auto* entries = answer.if_contains("entries"))
      Require(entries->as_array().size() <= kEntries, "no entry is told twice");
  }
}

}  // namespace mlengine::fuzz
