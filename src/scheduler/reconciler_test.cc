#include "scheduler/reconciler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "executor/testing/fake_executor.h"
#include "logs/file_log_store.h"
#include "model/job_state.h"
#include "store/memory_job_store.h"

namespace mlengine::scheduler {
namespace {

using executor::FakeExecutor;
using executor::ReplicaId;
using ml::v1::Job;
using runner::v1::StatusRecord;
using store::JobKey;
using ::testing::ElementsAre;
using Liveness = executor::ReplicaStatus::Liveness;

// A store whose reads, or whose writes of an end, may fail.
class WeakStore final : public store::JobStore {
 public:
  bool fail_get = false;
  bool fail_end = false;

  Result<store::StoredJob> Create(store::JobRecord record) override {
    return inner_->Create(std::move(record));
  }
  Result<store::StoredJob> Get(const JobKey& key) override {
    if (fail_get) return UnavailableError("no reader");
    return inner_->Get(key);
  }
  Result<store::ListJobsPage> List(const store::ListJobsQuery& query) override {
    return inner_->List(query);
  }
  Result<store::StoredJob> Update(const JobKey& key,
                                  const std::function<Status(store::JobRecord&)>& change) override {
    return inner_->Update(key, [&](store::JobRecord& record) {
      const Status changed = change(record);
      if (changed.ok() && fail_end && model::IsFinal(record.job().state()))
        return UnavailableError("no writer");
      return changed;
    });
  }
  Result<std::vector<store::StoredJob>> ListUnfinished() override {
    return inner_->ListUnfinished();
  }
  Result<std::vector<store::StoredJob>> ListAfter(std::int64_t sequence, int limit) override {
    return inner_->ListAfter(sequence, limit);
  }
  Result<std::vector<std::pair<int, std::int64_t>>> CountByState() override {
    return inner_->CountByState();
  }
  std::int64_t Subscribe(std::function<void(const JobKey&)> listener) override {
    return inner_->Subscribe(std::move(listener));
  }
  void Unsubscribe(std::int64_t id) override { inner_->Unsubscribe(id); }

 private:
  std::unique_ptr<store::JobStore> inner_ = store::NewMemoryJobStore();
};

// The whole loop with a store that forgets and an executor that runs nothing; turned by hand.
class ReconcilerTest : public ::testing::Test {
 protected:
  ReconcilerTest() {
    logs_ = *logs::FileLogStore::Open({dir_.path(), false}, RealFileSystem(), clock_);
    Restart();
  }

  // A new reconciler on what is stored: the server was killed and is back.
  void Restart() {
    reconciler_.reset();
    ReconcilerPorts ports;
    ports.choose_runtime = [](const store::JobRecord&) { return RuntimeChoice{"system", {}, ""}; };
    ports.build_spec = [](const store::JobRecord& record, const engine::v1::ReplicaRecord&) {
      executor::LaunchSpec spec;
      spec.set_python_module(record.job().training_input().python_module());
      return Result<executor::LaunchSpec>(spec);
    };
    ports.job_url = [](const JobKey& key) { return "http://h/" + key.job_id; };
    ports.new_token = [this] { return "token-" + std::to_string(++tokens_); };
    ports.free_ports = [](int count, const std::set<int>& taken) {
      std::vector<int> ports;
      for (int port = 7000; static_cast<int>(ports.size()) < count; ++port) {
        if (!taken.contains(port)) ports.push_back(port);
      }
      return ports;
    };
    ports.may_start = [this] { return may_start_; };
    ports.restart_server = [this] { ++server_restarts_; };
    ports.budgets = [this](const store::JobRecord&, Time) { return budgets_; };
    ReconcilerOptions options;
    options.boot_id = "boot-1";
    options.server_run = "run-" + std::to_string(++server_runs_);
    options.jobs_dir = dir_ / "jobs";
    reconciler_ = std::make_unique<Reconciler>(*store_, *logs_, executor_, clock_, options, ports);
  }

  void Create(const std::string& job_id, int workers = 0) {
    store::JobRecord record;
    if (workers > 0) {
      auto& input = *record.mutable_job()->mutable_training_input();
      input.set_scale_tier(ml::v1::TrainingInput::CUSTOM);
      input.set_master_type("standard");
      input.set_worker_type("standard");
      input.set_worker_count(workers);
    }
    record.set_project("p");
    record.mutable_job()->set_job_id(job_id);
    record.mutable_job()->set_state(Job::QUEUED);
    (*record.mutable_job()->mutable_labels())["b"] = "2";
    (*record.mutable_job()->mutable_labels())["a"] = "1";
    ASSERT_TRUE(store_->Create(record).ok());
  }

  // Turns until nothing changes; a loop that never rests fails.
  void Settle() {
    for (int i = 0; i < 50; ++i) {
      clock_.Advance(std::chrono::milliseconds(1));
      if (!reconciler_->Turn()) return;
    }
    FAIL() << "the loop does not come to rest";
  }

  static ReplicaId Master(const std::string& job, int attempt = 1) {
    return {"p", job, attempt, "master", 0, 0};
  }
  // The spools of a replica whose program wrote nothing.
  void EmptySpools(const ReplicaId& id) {
    const std::string dir = ReplicaDir(dir_ / "jobs", id);
    ASSERT_TRUE(RealFileSystem().MakeDirectories(dir).ok());
    for (const char* name : {"stdout-0", "stderr-0"})
      ASSERT_TRUE(RealFileSystem().WriteAtomic(dir + "/" + name, "").ok());
  }
  void RunToEnd(const std::string& job, int exit_code) {
    EmptySpools(Master(job));
    executor_.See(Master(job), StatusRecord::RUNNING);
    Settle();
    executor_.See(Master(job), StatusRecord::EXITED, Liveness::kGone, exit_code);
    Settle();
  }
  Job Get(const std::string& job) { return store_->Get({"p", job})->record.job(); }
  std::vector<std::string> Messages(const std::string& job) {
    std::vector<std::string> messages;
    const Result<std::vector<logs::LogEntry>> entries = logs_->Query({"p", job}, {});
    for (const logs::LogEntry& entry : *entries) messages.push_back(entry.message);
    return messages;
  }

  const TempDir dir_;
  FakeClock clock_;
  std::unique_ptr<WeakStore> store_ = std::make_unique<WeakStore>();
  std::unique_ptr<logs::FileLogStore> logs_;
  FakeExecutor executor_;
  int tokens_ = 0;
  int server_runs_ = 0;
  int server_restarts_ = 0;
  std::vector<policy::BudgetState> budgets_;
  bool may_start_ = true;
  std::unique_ptr<Reconciler> reconciler_;
};

TEST_F(ReconcilerTest, AJobGoesItsWayAndItsLogEndsWithIt) {
  Create("a");
  Settle();
  ASSERT_EQ(executor_.launched.size(), 1U);
  EXPECT_EQ(executor_.launched[0].launch_token(),
            store_->Get({"p", "a"})->record.attempts(0).launch_token());
  EXPECT_EQ(Get("a").state(), Job::PREPARING);
  RunToEnd("a", 0);
  EXPECT_EQ(Get("a").state(), Job::SUCCEEDED);
  EXPECT_TRUE(Get("a").has_start_time());
  EXPECT_TRUE(Get("a").has_end_time());
  EXPECT_TRUE(logs_->Ended({"p", "a"}));
  EXPECT_THAT(
      Messages("a"),
      ElementsAre("Validating job requirements...",
                  "Job creation request has been successfully validated.", "Job a is queued.",
                  "Waiting for job to be provisioned.", "Waiting for training program to start.",
                  "Tearing down training program.", "Finished tearing down training program.",
                  "Job completed successfully."));
  EXPECT_TRUE(executor_.forgotten.contains(Master("a")));
}

TEST_F(ReconcilerTest, AFailureIsToldWithItsCauseOnceWhateverServerTellsIt) {
  const std::string err =
      std::string(1 << 20, 'x') +
      "\nTraceback (most recent call last):\n  File \"/p/trainer/task.py\", line 3, in f\n"
      "ValueError: no data\n";
  Create("a");
  Settle();
  EmptySpools(Master("a"));
  executor_.See(Master("a"), StatusRecord::RUNNING);
  Settle();
  ASSERT_TRUE(
      RealFileSystem().WriteAtomic(ReplicaDir(dir_ / "jobs", Master("a")) + "/stderr-0", err).ok());
  executor_.See(Master("a"), StatusRecord::EXITED, Liveness::kGone, 1);
  auto& exit = *executor_.replicas[Master("a")].record->mutable_exit();
  exit.set_stderr_bytes(static_cast<std::int64_t>(err.size()));
  exit.set_reason(runner::v1::ExitReason::USER_ERROR);
  exit.mutable_end_time()->set_seconds(7);
  store_->fail_end = true;  // as if the server were killed once its log had ended
  for (int i = 0; i < 5; ++i) reconciler_->Turn();
  store_->fail_end = false;
  Restart();
  Settle();
  const store::JobRecord record = store_->Get({"p", "a"})->record;
  EXPECT_EQ(record.job().state(), Job::FAILED);
  EXPECT_EQ(record.cause().kind(), "EXCEPTION");
  EXPECT_EQ(record.cause().time().seconds(), 7);
  EXPECT_THAT(record.job().error_message(),
              ::testing::EndsWith("\nFirst cause: The program raised ValueError: no data "
                                  "(trainer/task.py, line 3, in f). Read the traceback, and the "
                                  "lines before it."));
  EXPECT_THAT(record.job().error_message(),
              ::testing::StartsWith("The replica master 0 exited with a non-zero status of 1."));
  const std::vector<std::string> messages = Messages("a");
  EXPECT_EQ(std::ranges::count(messages, record.job().error_message()), 1);
}

// A door's order of a drill of that job.
void Order(store::JobStore& store, const std::string& job, engine::v1::DrillRecord::Kind kind) {
  const auto stored = store.Update({"p", job}, [&](store::JobRecord& record) {
    engine::v1::DrillRecord& drill = *record.add_drills();
    drill.set_number(record.drills_size());
    drill.set_kind(kind);
    if (kind == engine::v1::DrillRecord::KILL) drill.set_role("master");
    return OkStatus();
  });
  ASSERT_TRUE(stored.ok());
}

TEST_F(ReconcilerTest, AKillOfADrillIsCarriedOutByWhicheverServerIsThere) {
  Create("a");
  Settle();
  EmptySpools(Master("a"));
  executor_.See(Master("a"), StatusRecord::RUNNING);
  Settle();
  Order(*store_, "a", engine::v1::DrillRecord::KILL);
  reconciler_->Turn();
  EXPECT_TRUE(executor_.killed.contains(Master("a")));
  EXPECT_THAT(Messages("a"), ::testing::Contains("Drill: master-replica-0 is killed."));
  executor_.killed.clear();
  Restart();  // before it was so
  Settle();
  EXPECT_TRUE(executor_.killed.contains(Master("a")));
  executor_.killed.clear();
  executor_.See(Master("a"), StatusRecord::EXITED, Liveness::kGone);
  executor_.replicas[Master("a")].record->mutable_exit()->set_signal(9);
  executor_.replicas[Master("a")].record->mutable_exit()->set_reason(
      runner::v1::ExitReason::DRILLED);
  Settle();
  ReplicaId second = Master("a");
  second.restart = 1;
  executor_.See(second, StatusRecord::RUNNING);
  Settle();
  EXPECT_TRUE(executor_.killed.empty());
  EXPECT_EQ(store_->Get({"p", "a"})->record.drills(0).state(), engine::v1::DrillRecord::BACK);
  EXPECT_EQ(std::ranges::count(Messages("a"), "Drill: master-replica-0 is killed."), 1);
  executor_.See(second, StatusRecord::EXITED, Liveness::kGone, 0);
}

TEST_F(ReconcilerTest, ARestartOfTheServerIsOverWhenAnotherRunsAndItKnowsWhereTheLogStood) {
  Create("a");
  Settle();
  EmptySpools(Master("a"));
  executor_.See(Master("a"), StatusRecord::RUNNING);
  Settle();
  const std::string dir = ReplicaDir(dir_ / "jobs", Master("a"));
  ASSERT_TRUE(RealFileSystem().WriteAtomic(dir + "/stdout-0", "step 1\n").ok());
  Order(*store_, "a", engine::v1::DrillRecord::RESTART_SERVER);
  Settle();
  EXPECT_GE(server_restarts_, 1);
  const engine::v1::DrillRecord stored = store_->Get({"p", "a"})->record.drills(0);
  EXPECT_EQ(stored.state(), engine::v1::DrillRecord::ACTING);
  ASSERT_EQ(stored.marks_size(), 2);
  EXPECT_EQ(stored.marks(0).bytes(), 7);
  EXPECT_EQ(stored.marks(0).tail_bytes(), 7);
  const int before = server_restarts_;
  Restart();
  Settle();
  EXPECT_EQ(server_restarts_, before);
  EXPECT_EQ(store_->Get({"p", "a"})->record.drills(0).state(), engine::v1::DrillRecord::BACK);
  EXPECT_EQ(executor_.launched.size(), 1U);
}

TEST_F(ReconcilerTest, TheThirdJobWaitsForASlotAndTheOldestGoesFirst) {
  for (const char* job : {"a", "b", "c", "d"}) Create(job);
  Settle();
  EXPECT_EQ(executor_.launched.size(), 2U);
  EXPECT_EQ(Get("c").state(), Job::QUEUED);
  RunToEnd("b", 0);
  ASSERT_EQ(executor_.launched.size(), 3U);
  EXPECT_EQ(executor_.launched[2].job_id(), "c");
  EXPECT_EQ(Get("d").state(), Job::QUEUED);
}

TEST_F(ReconcilerTest, WhileNothingMayStartTheOthersGoOn) {
  Create("runs");
  Settle();
  ASSERT_EQ(executor_.launched.size(), 1U);
  may_start_ = false;  // the disk is low
  Create("waits");
  Settle();
  EXPECT_EQ(Get("waits").state(), Job::QUEUED);
  RunToEnd("runs", 0);
  EXPECT_EQ(Get("runs").state(), Job::SUCCEEDED);
  EXPECT_EQ(executor_.launched.size(), 1U);
  may_start_ = true;
  Settle();
  EXPECT_EQ(executor_.launched.size(), 2U);
}

TEST_F(ReconcilerTest, ARestartAtAnyTurnRepeatsNothing) {
  Create("a");
  for (int turn = 0; turn < 12; ++turn) {
    clock_.Advance(std::chrono::milliseconds(1));
    reconciler_->Turn();
    Restart();
    if (turn == 5) {
      EmptySpools(Master("a"));
      executor_.See(Master("a"), StatusRecord::RUNNING);
    }
    if (turn == 8) executor_.See(Master("a"), StatusRecord::EXITED, Liveness::kGone);
  }
  Settle();
  EXPECT_EQ(executor_.launched.size(), 1U);
  EXPECT_EQ(Get("a").state(), Job::SUCCEEDED);
  EXPECT_EQ(Messages("a").size(), 8U);
}

TEST_F(ReconcilerTest, TheHigherPriorityGoesFirst) {
  for (const char* job : {"a", "b", "c"}) Create(job);
  store::JobRecord urgent;
  urgent.set_project("p");
  urgent.mutable_job()->set_job_id("urgent");
  urgent.mutable_job()->set_state(Job::QUEUED);
  urgent.mutable_job()->mutable_training_input()->mutable_scheduling()->set_priority(10);
  ASSERT_TRUE(store_->Create(urgent).ok());
  Settle();
  ASSERT_EQ(executor_.launched.size(), 2U);
  EXPECT_EQ(executor_.launched[0].job_id(), "urgent");
  EXPECT_EQ(executor_.launched[1].job_id(), "a");
}

TEST_F(ReconcilerTest, ALimitOfAWaitingJobEndsIt) {
  Create("a");
  Create("b");
  store::JobRecord impatient;
  impatient.set_project("p");
  impatient.set_create_time_ns(ToUnixNanos(clock_.Now()));
  impatient.mutable_job()->set_job_id("impatient");
  impatient.mutable_job()->set_state(Job::QUEUED);
  impatient.mutable_job()
      ->mutable_training_input()
      ->mutable_scheduling()
      ->mutable_max_wait_time()
      ->set_seconds(1800);
  ASSERT_TRUE(store_->Create(impatient).ok());
  Settle();
  EXPECT_EQ(Get("impatient").state(), Job::QUEUED);
  clock_.Advance(std::chrono::seconds(1800));
  Settle();
  EXPECT_EQ(Get("impatient").state(), Job::CANCELLED);
  EXPECT_TRUE(store_->Get({"p", "impatient"})->record.has_cancel_request_time());
}

TEST_F(ReconcilerTest, CancelOfAWaitingJobStartsNothing) {
  executor_.slots = 2;
  for (const char* job : {"a", "b", "c"}) Create(job);
  Settle();
  ASSERT_TRUE(store_
                  ->Update({"p", "c"},
                           [](store::JobRecord& record) {
                             record.mutable_cancel_request_time()->set_seconds(1);
                             return OkStatus();
                           })
                  .ok());
  Settle();
  EXPECT_EQ(Get("c").state(), Job::CANCELLED);
  EXPECT_EQ(executor_.launched.size(), 2U);
  EXPECT_THAT(Messages("c").back(), "Job cancelled.");
}

TEST_F(ReconcilerTest, CancelOfARunningJobStopsItsReplica) {
  Create("a");
  Settle();
  EmptySpools(Master("a"));
  executor_.See(Master("a"), StatusRecord::RUNNING);
  Settle();
  ASSERT_TRUE(store_
                  ->Update({"p", "a"},
                           [](store::JobRecord& record) {
                             record.mutable_cancel_request_time()->set_seconds(1);
                             return OkStatus();
                           })
                  .ok());
  Settle();
  EXPECT_EQ(Get("a").state(), Job::CANCELLING);
  EXPECT_TRUE(executor_.stopped.contains(Master("a")));
  executor_.See(Master("a"), StatusRecord::EXITED, Liveness::kGone, 143);
  Settle();
  EXPECT_EQ(Get("a").state(), Job::CANCELLED);
}

TEST_F(ReconcilerTest, ALostRunnerMeansAnotherAttempt) {
  Create("a");
  Settle();
  EmptySpools(Master("a"));
  executor_.See(Master("a"), StatusRecord::RUNNING);
  Settle();
  executor_.See(Master("a"), StatusRecord::RUNNING, Liveness::kGone);
  Settle();
  ASSERT_EQ(executor_.launched.size(), 2U);
  EXPECT_EQ(executor_.launched[1].attempt(), 2);
  EXPECT_NE(executor_.launched[1].launch_token(), executor_.launched[0].launch_token());
  EXPECT_EQ(Get("a").state(), Job::PREPARING);
}

TEST_F(ReconcilerTest, ALaunchThatFailsFailsTheJobWithItsReason) {
  executor_.launch_status = FailedPreconditionError("the package is gone");
  Create("a");
  Settle();
  EXPECT_EQ(Get("a").state(), Job::FAILED);
  EXPECT_THAT(Get("a").error_message(), ::testing::HasSubstr("the package is gone"));
}

TEST_F(ReconcilerTest, AFailedLaunchIsNotTriedAgainByAServerThatWasKilledMeanwhile) {
  executor_.launch_status = FailedPreconditionError("the package is gone");
  store_->fail_end = true;
  Create("a");
  Settle();
  ASSERT_TRUE(logs_->Ended({"p", "a"}));  // but the end is not stored: killed here
  executor_.launch_status = OkStatus();
  Restart();
  store_->fail_end = false;
  Settle();
  EXPECT_TRUE(executor_.launched.empty());
  EXPECT_EQ(Get("a").state(), Job::FAILED);
}

TEST_F(ReconcilerTest, ALaunchWithoutRoomIsTriedAgainAfterAWhile) {
  executor_.launch_status = ResourceExhaustedError("the disk is full");
  Create("a");
  Settle();
  EXPECT_EQ(Get("a").state(), Job::PREPARING);
  executor_.launch_status = OkStatus();
  Settle();
  EXPECT_TRUE(executor_.launched.empty());  // not at every turn
  clock_.Advance(std::chrono::seconds(1));
  Settle();
  EXPECT_EQ(executor_.launched.size(), 1U);
  RunToEnd("a", 0);
  EXPECT_EQ(Get("a").state(), Job::SUCCEEDED);
}

TEST_F(ReconcilerTest, AJobThatCannotBeReadNowIsNotForgotten) {
  Settle();
  store_->fail_get = true;
  Create("a");
  Settle();
  EXPECT_TRUE(executor_.launched.empty());
  store_->fail_get = false;
  Settle();
  EXPECT_EQ(executor_.launched.size(), 1U);
}

// What the record of a first attempt that is lost says; without a step as a power cut leaves it:
// the spool has its bytes, the record of the last steps is empty.
class LostAttemptTest : public ReconcilerTest,
                        public ::testing::WithParamInterface<StatusRecord::Step> {};

INSTANTIATE_TEST_SUITE_P(Records, LostAttemptTest,
                         ::testing::Values(StatusRecord::LEASED, StatusRecord::STEP_UNSPECIFIED));

TEST_P(LostAttemptTest, ItsLinesAreKept) {
  Create("a");
  Settle();
  EmptySpools(Master("a"));
  const std::string dir = ReplicaDir(dir_ / "jobs", Master("a"));
  ASSERT_TRUE(RealFileSystem().WriteAtomic(dir + "/stdout-0", "first attempt\n").ok());
  executor_.See(Master("a"), GetParam(), Liveness::kGone);
  Settle();
  EmptySpools(Master("a", 2));
  executor_.See(Master("a", 2), StatusRecord::RUNNING);
  Settle();
  executor_.See(Master("a", 2), StatusRecord::EXITED, Liveness::kGone);
  Settle();
  EXPECT_EQ(Get("a").state(), Job::SUCCEEDED);
  EXPECT_THAT(Messages("a"), ::testing::Contains("first attempt"));
  EXPECT_TRUE(executor_.forgotten.contains(Master("a", 1)));
}

TEST_F(ReconcilerTest, AnEndWaitsForItsLogOnlySoLongAndSaysWhatIsMissing) {
  Create("a");
  Settle();
  EmptySpools(Master("a"));
  const std::string dir = ReplicaDir(dir_ / "jobs", Master("a"));
  ASSERT_TRUE(RealFileSystem().WriteAtomic(dir + "/stdout-0", "kept\n").ok());
  executor_.See(Master("a"), StatusRecord::RUNNING);
  Settle();
  executor_.See(Master("a"), StatusRecord::EXITED, Liveness::kGone);
  executor_.replicas[Master("a")].record->mutable_exit()->set_stdout_bytes(12);
  Settle();
  EXPECT_EQ(Get("a").state(), Job::RUNNING);
  clock_.Set(clock_.Now() - std::chrono::hours(1));  // a clock set back makes it no longer
  Settle();
  clock_.Advance(std::chrono::seconds(60));
  Settle();
  EXPECT_EQ(Get("a").state(), Job::SUCCEEDED);
  EXPECT_GE(Get("a").end_time().seconds(), Get("a").start_time().seconds());
  EXPECT_TRUE(logs_->Ended({"p", "a"}));
  EXPECT_THAT(Messages("a"),
              ::testing::IsSupersetOf({"kept",
                                       "The log is incomplete: stdout of master-replica-0, "
                                       "attempt 1, lacks 7 of 12 bytes."}));
  EXPECT_EQ(Messages("a").back(), "Job completed successfully.");
}

TEST_F(ReconcilerTest, AQuickStartIsToldAtOnce) {
  Create("a");
  Settle();
  const std::size_t told = Messages("a").size();
  EmptySpools(Master("a"));
  const std::string dir = ReplicaDir(dir_ / "jobs", Master("a"));
  ASSERT_TRUE(RealFileSystem().WriteAtomic(dir + "/stdout-0", "first line\n").ok());
  executor_.See(Master("a"), StatusRecord::STAGING);
  executor_.replicas[Master("a")].record->add_notes()->set_message("Downloading the package");
  Settle();
  EXPECT_EQ(Messages("a").size(), told);
  executor_.replicas[Master("a")].record->set_step(StatusRecord::RUNNING);
  Settle();
  logs_->PumpAll();
  const std::vector<std::string> messages = Messages("a");
  EXPECT_THAT(std::vector<std::string>(messages.begin() + static_cast<std::ptrdiff_t>(told),
                                       messages.end()),
              ElementsAre("Downloading the package", "first line"));
}

TEST_F(ReconcilerTest, ASlowStartIsToldAsItGoes) {
  Create("a");
  Settle();
  executor_.See(Master("a"), StatusRecord::ENVIRONMENT);
  executor_.replicas[Master("a")].record->add_notes()->set_message("Running command: pip install");
  clock_.Advance(std::chrono::milliseconds(200));
  Settle();
  EXPECT_EQ(Messages("a").back(), "Running command: pip install");
  executor_.replicas[Master("a")].record->add_notes()->set_message("another");
  clock_.Set(clock_.Now() - std::chrono::hours(1));
  Settle();
  EXPECT_EQ(Messages("a").back(), "another");
}

TEST_F(ReconcilerTest, AJobThatOnlyWaitsForItsLogHoldsNoRoom) {
  for (const char* job : {"a", "b", "c"}) Create(job);
  Settle();
  EmptySpools(Master("a"));
  executor_.See(Master("a"), StatusRecord::RUNNING);
  Settle();
  executor_.See(Master("a"), StatusRecord::EXITED, Liveness::kGone);
  executor_.replicas[Master("a")].record->mutable_exit()->set_stdout_bytes(12);
  Settle();
  EXPECT_EQ(Get("a").state(), Job::RUNNING);
  ASSERT_EQ(executor_.launched.size(), 3U);
  EXPECT_EQ(executor_.launched[2].job_id(), "c");
}

ReplicaId Worker(const std::string& job, int index, int restart = 0) {
  return {"p", job, 1, "worker", index, restart};
}

TEST_F(ReconcilerTest, AGangIsLaunchedWholeAndNoTwoJobsShareAPort) {
  executor_.slots = 6;
  Restart();
  Create("a", 2);
  Create("b", 2);
  Settle();
  ASSERT_EQ(executor_.launched.size(), 6U);
  std::set<int> ports;
  for (const char* job : {"a", "b"}) {
    const store::StoredJob stored = *store_->Get({"p", job});
    for (const auto& replica : stored.record.attempts(0).replicas()) ports.insert(replica.port());
  }
  EXPECT_EQ(ports.size(), 6U);
}

TEST_F(ReconcilerTest, OnlyTheReplicaThatWasKilledIsLaunchedAgain) {
  executor_.slots = 3;
  Restart();
  Create("a", 2);
  Settle();
  for (const ReplicaId& id : {Master("a"), Worker("a", 0), Worker("a", 1)}) {
    EmptySpools(id);
    executor_.See(id, StatusRecord::RUNNING);
  }
  Settle();
  EXPECT_EQ(Get("a").state(), Job::RUNNING);
  executor_.See(Worker("a", 1), StatusRecord::EXITED, Liveness::kGone, 137);
  Settle();
  ASSERT_EQ(executor_.launched.size(), 4U);
  EXPECT_EQ(executor_.launched[3].role(), "worker");
  EXPECT_EQ(executor_.launched[3].index(), 1);
  EXPECT_EQ(executor_.launched[3].restart(), 1);
  EXPECT_TRUE(executor_.stopped.empty());
}

TEST_F(ReconcilerTest, TheLinesOfAKilledReplicaComeBeforeThoseOfItsRestart) {
  Create("a");
  Settle();
  EmptySpools(Master("a"));
  const std::string dir = ReplicaDir(dir_ / "jobs", Master("a"));
  ASSERT_TRUE(RealFileSystem().WriteAtomic(dir + "/stdout-0", "first\n").ok());
  executor_.See(Master("a"), StatusRecord::EXITED, Liveness::kGone, 137);
  executor_.replicas[Master("a")].record->mutable_exit()->set_stdout_bytes(6);
  Settle();
  EXPECT_EQ(Messages("a").back(), "first");  // nobody else reads the spools here
}

TEST_F(ReconcilerTest, WhatAKilledServerLeftOutOfAGangIsLaunched) {
  executor_.slots = 3;
  Restart();
  Create("a", 2);
  Settle();
  executor_.replicas.erase(Worker("a", 0));
  executor_.launched.clear();
  Restart();
  Settle();
  ASSERT_EQ(executor_.launched.size(), 1U);
  EXPECT_EQ(executor_.launched[0].role(), "worker");
}

TEST_F(ReconcilerTest, AFloodOfNewJobsHoldsUpNoneThatRuns) {
  Create("a");
  Settle();
  EmptySpools(Master("a"));
  for (int i = 0; i < 100; ++i) Create("flood_" + std::to_string(i));
  executor_.See(Master("a"), StatusRecord::RUNNING);
  reconciler_->Turn();
  EXPECT_EQ(Get("a").state(), Job::RUNNING);
  EXPECT_TRUE(Messages("flood_99").empty());
  Settle();
  EXPECT_EQ(Messages("flood_99").back(), "Job flood_99 is queued.");
}

TEST_F(ReconcilerTest, ABudgetIsWarnedOfOnceOverRestartsAndThenStopsTheReplica) {
  Create("a");
  Settle();
  EmptySpools(Master("a"));
  executor_.See(Master("a"), StatusRecord::RUNNING);
  Settle();
  budgets_ = {{{"job", 500, "USD", 80, "set"}, "p", clock_.Now(), 450}};
  Settle();
  EXPECT_THAT(store_->Get({"p", "a"})->record.budget_warnings(), ElementsAre("job 500"));
  const int said = store_->Get({"p", "a"})->record.service_entries();
  Restart();
  Settle();
  EXPECT_EQ(store_->Get({"p", "a"})->record.service_entries(), said);

  budgets_[0].spent = 500;
  Settle();
  EXPECT_EQ(Get("a").state(), Job::CANCELLING);
  EXPECT_TRUE(executor_.stopped.contains(Master("a")));
  executor_.See(Master("a"), StatusRecord::EXITED, Liveness::kGone, 0);
  Settle();
  EXPECT_EQ(Get("a").state(), Job::CANCELLED);
  EXPECT_EQ(Get("a").error_message(),
            "The budget of the job is spent: 5.00 of 5.00 USD. The job is stopped.");
}

}  // namespace
}  // namespace mlengine::scheduler
