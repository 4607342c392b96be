#include "engine_api/drill_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>

#include "base/digest.h"
#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "logs/file_log_store.h"
#include "store/memory_job_store.h"

namespace mlengine::engine_api {
namespace {

namespace json = boost::json;
using engine::v1::DrillRecord;
using engine::v1::JobRecord;
using engine::v1::ReplicaRecord;
using ml::v1::Job;
using runner::v1::ExitReason;
using runner::v1::StatusRecord;
using ::testing::HasSubstr;

// A job of a master and a worker that run since second 100; the clock is turned by hand.
class DrillHandlerTest : public ::testing::Test {
 protected:
  DrillHandlerTest() : prices_(policy::PriceBook::BuiltIn()) {
    clock_.Set(At(100));
    logs_ = *logs::FileLogStore::Open({dir_.path(), false}, RealFileSystem(), clock_);
    RegisterDrills(router_, {store_.get(), logs_.get(), &prices_, &clock_, 15});
    JobRecord record;
    record.set_project("p");
    Job& job = *record.mutable_job();
    job.set_job_id("j");
    job.set_state(Job::RUNNING);
    job.mutable_start_time()->set_seconds(100);
    auto& input = *job.mutable_training_input();
    input.set_scale_tier(ml::v1::TrainingInput::CUSTOM);
    input.set_master_type("standard");
    input.set_worker_type("standard");
    input.set_worker_count(1);
    input.set_region("us-central1");
    auto* attempt = record.add_attempts();
    attempt->set_number(1);
    for (const char* role : {"master", "worker"}) {
      ReplicaRecord* replica = attempt->add_replicas();
      replica->set_role(role);
      Runs(*replica->mutable_status(), 99, 100, 40);
    }
    EXPECT_TRUE(store_->Create(record).ok());
  }

  static Time At(double seconds) {
    return FromUnixNanos(static_cast<long long>(seconds * 1e3) * 1'000'000);
  }
  static void Set(google::protobuf::Timestamp* field, double seconds) {
    const long long nanos = ToUnixNanos(At(seconds));
    field->set_seconds(nanos / 1'000'000'000);
    field->set_nanos(static_cast<int>(nanos % 1'000'000'000));
  }
  static void Runs(StatusRecord& status, double began, double ran, int pid) {
    status.set_step(StatusRecord::RUNNING);
    status.set_user_pid(pid);
    auto* phase = status.add_phases();
    phase->set_name("exec");
    Set(phase->mutable_start_time(), began);
    Set(phase->mutable_end_time(), ran);
  }
  void Change(const std::function<void(JobRecord&)>& change) {
    ASSERT_TRUE(store_
                    ->Update({"p", "j"},
                             [&](JobRecord& record) {
                               change(record);
                               return OkStatus();
                             })
                    .ok());
  }
  // The program of that execution prints a line, and the log takes it in, at that second.
  void Print(double at, const logs::StreamRef& stream, const std::string& line) {
    clock_.Set(At(at));
    const std::string path = dir_ / (TaskName(stream) + "-" + std::to_string(stream.attempt) + "." +
                                     std::to_string(stream.restart));
    std::ofstream(path, std::ios::app) << line << "\n";
    ASSERT_TRUE(logs_->AttachSpools({"p", "j"}, {{stream, path}}).ok());
    logs_->PumpAll();
  }
  net::Response Call(const std::string& method, const std::string& path,
                     const std::string& body = "", const std::string& key = "") {
    const net::Router::Match match = router_.Find(method, "/mlengine/v1/projects/p/jobs/" + path);
    net::Request request;
    request.path_values = match.path_values;
    request.body = body;
    if (!key.empty()) request.headers.Set("Idempotency-Key", key);
    return match.route->handler(request);
  }
  json::object Ask(const std::string& body, const std::string& key = "") {
    return json::parse(Call("POST", "j/drills", body, key).body).as_object();
  }
  json::object Report(int number = 1) {
    return json::parse(Call("GET", "j/drills/" + std::to_string(number)).body).as_object();
  }
  static std::int64_t Number(const json::object& from, const char* name) {
    return from.at(name).to_number<std::int64_t>();
  }
  static double Real(const json::object& from, const char* name) {
    return from.at(name).to_number<double>();
  }
  // The reconciler took the newest drill up at that second.
  void Act(double at) {
    Change([&](JobRecord& record) {
      DrillRecord& drill = *record.mutable_drills()->rbegin();
      drill.set_state(DrillRecord::ACTING);
      drill.set_attempt(1);
      Set(drill.mutable_act_time(), at);
    });
  }

  TempDir dir_;
  FakeClock clock_;
  policy::PriceBook prices_;
  std::unique_ptr<store::JobStore> store_ = store::NewMemoryJobStore();
  std::unique_ptr<logs::FileLogStore> logs_;
  net::Router router_;
  const logs::StreamRef worker_{1, "worker", 0, 0};
  const logs::StreamRef worker_again_{1, "worker", 0, 1};
};

constexpr char kKillWorker[] = R"({"action":"kill","replica":"worker:0"})";

TEST_F(DrillHandlerTest, AKillIsReportedFromTheOrderToTheProgress) {
  Print(101, worker_, "step 1");
  Print(102, worker_, "saved checkpoint at step 1");
  Print(103, worker_, "step 2");
  Print(104, worker_, "step 3");
  EXPECT_EQ(Ask(kKillWorker).at("waitsFor"), "the engine to begin");
  Act(105);
  EXPECT_EQ(Report().at("waitsFor"), "the replica to end");
  Change([](JobRecord& record) {
    ReplicaRecord& worker = *record.mutable_attempts(0)->mutable_replicas(1);
    StatusRecord ended = worker.status();
    ended.set_step(StatusRecord::EXITED);
    ended.mutable_exit()->set_signal(9);
    ended.mutable_exit()->set_reason(ExitReason::DRILLED);
    Set(ended.mutable_exit()->mutable_end_time(), 105.5);
    *worker.add_earlier() = ended;
    worker.clear_status();
    worker.set_restart(1);
  });
  EXPECT_EQ(Report().at("waitsFor"), "the replica to run again");
  Change([](JobRecord& record) {
    ReplicaRecord& worker = *record.mutable_attempts(0)->mutable_replicas(1);
    Runs(*worker.mutable_status(), 106, 107, 41);
    record.mutable_drills(0)->set_state(DrillRecord::BACK);
  });
  Print(107.5, worker_again_, "resumed from step 1");
  Print(108, worker_again_, "step 2");
  json::object report = Report();
  EXPECT_EQ(report.at("result"), "PENDING");
  EXPECT_EQ(report.at("waitsFor"), "the log to show progress past step 3");
  Print(109, worker_again_, "step 3");
  Print(110, worker_again_, "step 4");
  clock_.Set(At(200));
  report = Report();
  EXPECT_EQ(report.at("result"), "RECOVERED");
  const json::object& exit = report.at("exits").as_array().at(0).as_object();
  EXPECT_EQ(Number(exit, "pid"), 40);
  EXPECT_EQ(exit.at("reason"), "DRILLED");
  EXPECT_DOUBLE_EQ(Real(report, "secondsUntilEnded"), 0.5);
  EXPECT_DOUBLE_EQ(Real(report, "secondsUntilRunning"), 1.5);
  EXPECT_DOUBLE_EQ(Real(report, "secondsUntilProgress"), 4.5);
  const json::object& steps = report.at("steps").as_object();
  EXPECT_EQ(Number(steps, "before"), 3);
  EXPECT_EQ(Number(steps, "resumedFrom"), 1);
  EXPECT_EQ(steps.at("resumedFromBy"), "ITS_OWN_WORDS");
  EXPECT_EQ(Number(steps, "lost"), 2);
  const json::object& cost = report.at("cost").as_object();
  EXPECT_DOUBLE_EQ(Real(cost, "lostSeconds"), 4.5);
  // Half a second to its end, and from 106 to 110.
  EXPECT_DOUBLE_EQ(Real(cost, "replicaSeconds"), 4.5);
  EXPECT_DOUBLE_EQ(Real(cost.at("ifOthersWaited").as_object(), "replicaSeconds"), 9.0);
  // Of 2017-12, a standard machine in the US: 0.5661 units of 0.49 an hour; 4.5 s of it.
  EXPECT_NEAR(Real(cost, "money"), 0.000347, 1e-9);
  EXPECT_EQ(cost.at("currency"), "USD");
}

TEST_F(DrillHandlerTest, AForecastSaysWhatMayBeLostAndChangesNothing) {
  Print(101, worker_, "step 1");
  Print(102, worker_, "saved checkpoint at step 1");
  Print(103, worker_, "step 2");
  clock_.Set(At(104));
  const json::object forecast =
      Ask(R"({"action":"kill","replica":"worker:0","validateOnly":true})");
  EXPECT_EQ(Number(forecast.at("atMost").as_object(), "steps"), 1);
  EXPECT_EQ(forecast.at("atMost").as_object().at("since"), "CHECKPOINT");
  // Two seconds since the checkpoint and one to start.
  EXPECT_DOUBLE_EQ(Real(forecast.at("atMost").as_object(), "lostSeconds"), 3.0);
  EXPECT_THAT(json::serialize(forecast), HasSubstr("worker:0 (PID 40) is killed with SIGKILL"));
  EXPECT_EQ(store_->Get({"p", "j"})->record.drills_size(), 0);
  EXPECT_THAT(json::serialize(Ask(R"({"action":"preempt","validateOnly":true})")),
              HasSubstr("SIGKILL after 15 s"));
}

TEST_F(DrillHandlerTest, WhatItWentOnFromIsSaved) {
  Print(101, worker_, "resumed from step 30");
  Print(103, worker_, "step 31");
  Print(103, worker_, "step 32");
  clock_.Set(At(105));
  const json::object forecast =
      Ask(R"({"action":"kill","replica":"worker:0","validateOnly":true})");
  EXPECT_EQ(Number(forecast.at("atMost").as_object(), "steps"), 2);
  EXPECT_DOUBLE_EQ(Real(forecast.at("atMost").as_object(), "lostSeconds"), 5.0);
  EXPECT_THAT(json::serialize(forecast), HasSubstr("it is at step 32 and went on from step 30"));
}

TEST_F(DrillHandlerTest, TheSameCallTwiceIsOneDrill) {
  EXPECT_EQ(Number(Ask(kKillWorker, "k"), "drill"), 1);
  EXPECT_EQ(Number(Ask(kKillWorker, "k"), "drill"), 1);
  EXPECT_EQ(Call("POST", "j/drills", R"({"action":"preempt"})", "k").status, 400);
  EXPECT_EQ(Call("POST", "j/drills", R"({"action":"preempt"})", "l").status, 400);  // not over
  EXPECT_EQ(store_->Get({"p", "j"})->record.drills_size(), 1);
}

TEST_F(DrillHandlerTest, RefusesInWords) {
  EXPECT_EQ(Call("POST", "other/drills", kKillWorker).status, 404);
  EXPECT_EQ(Call("POST", "j/drills", R"({"action":"kill","replica":"worker:5"})").status, 404);
  EXPECT_THAT(Call("POST", "j/drills", R"({"actoin":"kill"})").body,
              HasSubstr("did you mean action"));
  EXPECT_THAT(Call("POST", "j/drills", R"({"action":"preempt","validateOnly":"yes"})").body,
              HasSubstr("true or false"));
  EXPECT_EQ(Call("GET", "j/drills/1").status, 404);
  EXPECT_EQ(Call("GET", "j/drills/x").status, 404);
  Change([](JobRecord& record) { record.mutable_job()->set_state(Job::SUCCEEDED); });
  EXPECT_THAT(Call("POST", "j/drills", kKillWorker).body, HasSubstr("has ended: SUCCEEDED"));
}

TEST_F(DrillHandlerTest, OfAServerRestartTheLogIsComparedByteByByte) {
  Print(101, worker_, "step 1");
  Print(102, worker_, "step 2");
  Ask(R"({"action":"restart-server"})");
  Act(103);
  Change([](JobRecord& record) {
    auto* mark = record.mutable_drills(0)->add_marks();
    mark->set_role("worker");
    mark->set_stream("stdout");
    mark->set_bytes(14);
    mark->set_tail_bytes(14);
    mark->set_tail_sha256(Sha256Hex("step 1\nstep 2\n"));
    mark->set_user_pid(40);
  });
  EXPECT_EQ(Report().at("waitsFor"), "the server to answer again");
  Change([](JobRecord& record) {
    record.mutable_drills(0)->set_state(DrillRecord::BACK);
    Set(record.mutable_drills(0)->mutable_back_time(), 103.25);
  });
  Print(104, worker_, "step 3");
  json::object report = Report();
  EXPECT_EQ(report.at("result"), "RECOVERED");
  json::object server = report.at("server").as_object();
  EXPECT_EQ(Number(server, "replicasRanOn"), 1);
  EXPECT_EQ(Number(server, "logLinesLost"), 0);
  EXPECT_EQ(Number(server, "logLinesDoubled"), 0);
  EXPECT_EQ(Number(server, "logLinesChecked"), 3);
  EXPECT_EQ(Number(server, "logBytesNow"), 21);
  EXPECT_DOUBLE_EQ(Real(server, "secondsAway"), 0.25);
  EXPECT_EQ(Number(report.at("steps").as_object(), "lost"), 0);
  // A replica that is another, and bytes that have changed, are told.
  Change([](JobRecord& record) {
    record.mutable_attempts(0)->mutable_replicas(1)->mutable_status()->set_user_pid(77);
    record.mutable_drills(0)->mutable_marks(0)->set_tail_sha256("0");
  });
  report = Report();
  server = report.at("server").as_object();
  EXPECT_EQ(Number(server, "replicasRanOn"), 0);
  EXPECT_EQ(server.at("logBytesBeforeAreSame"), false);
  EXPECT_EQ(report.at("result"), "FAILED");
}

TEST_F(DrillHandlerTest, AJobThatFailsAfterwardsHasNotRecovered) {
  Ask(R"({"action":"preempt"})");
  Act(103);
  Change([](JobRecord& record) {
    record.mutable_job()->set_state(Job::FAILED);
    record.mutable_job()->set_error_message("It cannot read its checkpoint.");
    record.mutable_job()->mutable_end_time()->set_seconds(105);
  });
  const json::object report = Report();
  EXPECT_EQ(report.at("result"), "FAILED");
  EXPECT_EQ(report.at("error"), "It cannot read its checkpoint.");
}

TEST_F(DrillHandlerTest, AJobThatEndedBeforeTheEngineBeganWasNotDrilled) {
  Ask(R"({"action":"preempt"})");
  Change([](JobRecord& record) {
    record.mutable_job()->set_state(Job::SUCCEEDED);
    record.mutable_job()->mutable_end_time()->set_seconds(105);
  });
  EXPECT_EQ(Report().at("result"), "DROPPED");
}

}  // namespace
}  // namespace mlengine::engine_api
