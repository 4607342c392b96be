#include "engine_api/log_evidence.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "logs/file_log_store.h"

namespace mlengine::engine_api {
namespace {

class LogEvidenceTest : public testing::Test {
 protected:
  LogEvidenceTest() {
    logs_ = *logs::FileLogStore::Open({dir_.path(), false}, RealFileSystem(), clock_);
    logs::StreamRef worker;
    worker.role = "worker";
    EXPECT_TRUE(logs_->AttachSpools(kJob, {{{}, dir_ / "master"}, {worker, dir_ / "worker"}}).ok());
    cause_.set_role("worker");
    cause_.mutable_time()->set_seconds(ToUnixNanos(clock_.Now()) / 1'000'000'000);
  }
  void Write(const char* task, const std::string& bytes) {
    std::ofstream(dir_ / task, std::ios::app) << bytes;
    logs_->PumpAll();
  }
  std::string Shown() {
    const std::string id = EvidenceId(*logs_, kJob, cause_);
    for (const auto& entry : logs_->Query(kJob, {}).value_or({})) {
      if (entry.insert_id == id) return entry.task_name + ": " + entry.message;
    }
    return id;
  }

  const logs::JobRef kJob{"p", "j"};
  TempDir dir_;
  FakeClock clock_;
  std::unique_ptr<logs::FileLogStore> logs_;
  engine::v1::FailureCause cause_;
};

TEST_F(LogEvidenceTest, TheTracebackThatTheEvidenceEnds) {
  const std::string traceback =
      "Traceback (most recent call last):\n  File \"t.py\", line 2, in <module>\n    f()\n"
      "ValueError: no labels";
  Write("master", "ValueError: no labels, too\n");
  Write("worker", "before\n" + traceback + "\nbehind\n");
  ASSERT_TRUE(
      logs_
          ->AppendService(
              kJob, 0, {{logs::Severity::kError, "First cause: ValueError: no labels", "service"}})
          .ok());
  cause_.add_evidence("  f()");
  cause_.add_evidence("ValueError: no labels");
  EXPECT_EQ(Shown(), "worker-replica-0: " + traceback);
}

TEST_F(LogEvidenceTest, TheLastLineThatTheLogHas) {
  Write("worker", "a rare line\nlast one\n");
  cause_.add_evidence("a rare line");
  cause_.add_evidence("memory: 4.0 of 4.0 GB");
  EXPECT_EQ(Shown(), "worker-replica-0: a rare line");
}

TEST_F(LogEvidenceTest, WhatTheOtherSideTells) {
  Write("master", "connection to worker 0 lost\n");
  cause_.add_evidence("connection to worker 0 lost");
  EXPECT_EQ(Shown(), "master-replica-0: connection to worker 0 lost");
}

TEST_F(LogEvidenceTest, NothingWhereNothingShowsIt) {
  Write("worker", "a } b\n");
  cause_.add_evidence("}");
  EXPECT_EQ(Shown(), "");
  cause_.add_evidence("other words");
  EXPECT_EQ(Shown(), "");
}

}  // namespace
}  // namespace mlengine::engine_api
