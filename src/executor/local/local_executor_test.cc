#include "executor/local/local_executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "executor/testing/local_replicas.h"

namespace mlengine::executor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using LocalExecutorTest = LocalReplicas;

// Whether a process of that number runs (a zombie does not).
bool Runs(const std::string& pid) {
  const Result<std::string> stat = RealFileSystem().Read("/proc/" + pid + "/stat");
  return stat.ok() && stat->find(") Z") == std::string::npos;
}

std::vector<std::string> NotesOf(const StatusRecord& record) {
  std::vector<std::string> out;
  for (const auto& note : record.notes()) out.push_back(note.severity() + " " + note.message());
  return out;
}

TEST_F(LocalExecutorTest, RunsAProgramToItsEnd) {
  LaunchSpec spec = Spec("ok", {MakeTrainer(R"py(
import os, sys
print(sys.argv[1:], os.getcwd(), os.environ['TMPDIR'], sorted(os.listdir('/proc/self/fd'))[:3])
print('done', file=sys.stderr)
)py")});
  spec.add_args("--steps");
  spec.add_args("two words");
  spec.set_job_dir("gs://bucket/job");
  const StatusRecord record = RunToEnd(spec);
  EXPECT_EQ(record.step(), StatusRecord::EXITED);
  EXPECT_EQ(record.exit().exit_code(), 0);
  EXPECT_EQ(record.exit().signal(), 0);
  EXPECT_FALSE(record.exit().stop_requested());
  EXPECT_EQ(Stdout(spec), "['--steps', 'two words', '--job-dir', 'gs://bucket/job'] " +
                              spec.replica_dir() + "/work " + spec.replica_dir() +
                              "/tmp ['0', '1', '2']\n");
  EXPECT_EQ(Stderr(spec), "done\n");
  EXPECT_EQ(record.exit().stdout_bytes(), static_cast<std::int64_t>(Stdout(spec).size()));
  EXPECT_EQ(record.exit().stderr_bytes(), 5);
  EXPECT_GT(record.exit().cpu_ns(), 0);
  EXPECT_GT(record.exit().peak_memory_bytes(), 1 << 20);
  std::vector<std::string> phases;
  for (const auto& phase : record.phases()) {
    EXPECT_TRUE(phase.has_end_time()) << phase.name();
    phases.push_back(phase.name());
  }
  EXPECT_THAT(phases, ElementsAre("staging", "environment", "exec", "first_line"));
  EXPECT_THAT(NotesOf(record),
              ElementsAre("INFO Running module trainer.task.",
                          "INFO Downloading the package: gs://bucket/trainer-1.0.tar.gz",
                          "INFO Installing the package: gs://bucket/trainer-1.0.tar.gz",
                          "INFO Running command: python3 -m trainer.task --steps two words "
                          "--job-dir gs://bucket/job",
                          "INFO Module completed; cleaning up.", "INFO Clean up finished.",
                          "INFO Task completed successfully."));
  EXPECT_EQ(*RealFileSystem().Read(spec.replica_dir() + "/lease-0"),
            "runner " + spec.launch_token() + "\n");
  EXPECT_EQ(*RealFileSystem().Read(spec.replica_dir() + "/runner.log"), "");
}

TEST_F(LocalExecutorTest, TellsStatusAndTracebackOfAFailure) {
  const LaunchSpec spec = Spec("fails", {MakeTrainer(R"py(
import sys
try:
    raise ValueError('first')
except ValueError as e:
    print('handled', e)
sys.stderr.buffer.write(b'\xff\xfe not text\n')
class Odd(Exception): pass
try:
    raise Odd('caf\u00e9 \udce9')
except Odd:
    import traceback; traceback.print_exc()
    print('bye', file=sys.stderr)
    sys.exit(3)
)py")});
  const StatusRecord record = RunToEnd(spec);
  EXPECT_EQ(record.exit().exit_code(), 3);
  EXPECT_THAT(record.exit().traceback(),
              ::testing::StartsWith("Traceback (most recent call last):\n"));
  EXPECT_THAT(record.exit().traceback(), ::testing::ContainsRegex("trainer.task.Odd: |Odd: "));
  EXPECT_EQ(record.exit().traceback().find("bye"), std::string::npos);
  EXPECT_THAT(NotesOf(record), ::testing::Contains("ERROR Command '['python3', '-m', "
                                                   "'trainer.task']' returned non-zero exit "
                                                   "status 3"));
}

TEST_F(LocalExecutorTest, AMissingModuleIsToldInPythonsWords) {
  LaunchSpec spec = Spec("missing", {MakeTrainer("")});
  spec.set_python_module("trainer.nothing");
  const StatusRecord record = RunToEnd(spec);
  EXPECT_EQ(record.exit().exit_code(), 1);
  EXPECT_EQ(record.exit().traceback(), "/usr/bin/python3: No module named trainer.nothing");
}

TEST_F(LocalExecutorTest, AProgramThatKillsItself) {
  const StatusRecord record =
      RunToEnd(Spec("kills", {MakeTrainer("import os; os.kill(os.getpid(), 9)")}));
  EXPECT_EQ(record.exit().signal(), SIGKILL);
  EXPECT_FALSE(record.exit().oom_killed());
  EXPECT_THAT(NotesOf(record), ::testing::Contains(HasSubstr("died with <Signals.SIGKILL: 9>.")));
}

constexpr char kStubborn[] = R"py(
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print(os.getpid(), flush=True)
        time.sleep(1000)
    os._exit(0)
time.sleep(1000)
)py";

TEST_F(LocalExecutorTest, StopEndsWhatIgnoresItAndWhatHid) {
  const LaunchSpec spec = Spec("stubborn", {MakeTrainer(kStubborn)});
  const ReplicaId id = Launch(spec);
  AwaitOutput(id);
  const std::string hidden = Stdout(spec).substr(0, Stdout(spec).find('\n'));
  ASSERT_TRUE(Runs(hidden));
  ASSERT_TRUE(executor_->Stop(id).ok());
  ASSERT_TRUE(executor_->Stop(id).ok());
  const ReplicaStatus seen = AwaitGone(id);
  ASSERT_TRUE(seen.record);
  EXPECT_EQ(seen.record->exit().signal(), SIGKILL);
  EXPECT_TRUE(seen.record->exit().stop_requested());
  EXPECT_FALSE(Runs(hidden));
  EXPECT_FALSE(Runs(std::to_string(seen.record->user_pid())));
}

TEST_F(LocalExecutorTest, AKillForADrillIsNamedInTheRecordAndHitsOneRestart) {
  LaunchSpec spec = Spec("drill", {MakeTrainer("import time\nprint('on', flush=True)\n"
                                               "time.sleep(1000)\n")});
  const ReplicaId id = Launch(spec);
  AwaitOutput(id);
  ASSERT_TRUE(executor_->Kill(id).ok());
  ASSERT_TRUE(executor_->Kill(id).ok());
  const StatusRecord record = *AwaitGone(id).record;
  EXPECT_EQ(record.exit().signal(), SIGKILL);
  EXPECT_EQ(record.exit().reason(), runner::v1::ExitReason::DRILLED);
  EXPECT_FALSE(record.exit().stop_requested());
  EXPECT_FALSE(Runs(std::to_string(record.user_pid())));
  // It is over; nothing is killed any more, and nothing hurts the next restart.
  ASSERT_TRUE(executor_->Kill(id).ok());
  spec.set_restart(1);
  const ReplicaId next = Launch(spec);
  AwaitOutput(next);
  EXPECT_EQ(Observe(next).liveness, Liveness::kAlive);
}

TEST_F(LocalExecutorTest, WhatAProgramLeavesBehindEndsWithIt) {
  const LaunchSpec spec = Spec("leaves", {MakeTrainer(R"py(
import os, time
r, w = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print(os.getpid(), flush=True)
        os.write(w, b'x')
        time.sleep(1000)
    os._exit(0)
os.read(r, 1)
)py")});
  const StatusRecord record = RunToEnd(spec);
  EXPECT_EQ(record.exit().exit_code(), 0);
  EXPECT_EQ(record.exit().signal(), 0);
  EXPECT_FALSE(Runs(Stdout(spec).substr(0, Stdout(spec).find('\n'))));
}

TEST_F(LocalExecutorTest, AProgramMayEndWellWhenAskedTo) {
  const LaunchSpec spec = Spec("polite", {MakeTrainer(R"py(
import signal, sys, time
def leave(*_):
    print('leaving', flush=True); sys.exit(7)
signal.signal(signal.SIGTERM, leave)
print('ready', flush=True)
time.sleep(1000)
)py")});
  LaunchSpec patient = spec;
  patient.mutable_limits()->set_stop_grace_ms(60'000);
  const ReplicaId id = Launch(patient);
  AwaitOutput(id);
  ASSERT_TRUE(executor_->Stop(id).ok());
  const ReplicaStatus seen = AwaitGone(id);
  EXPECT_EQ(seen.record->exit().exit_code(), 7);
  EXPECT_TRUE(seen.record->exit().stop_requested());
  EXPECT_EQ(Stdout(spec), "ready\nleaving\n");
}

TEST_F(LocalExecutorTest, AStopBeforeTheStartStartsNothing) {
  const LaunchSpec spec = Spec("early", {MakeTrainer("print('ran')")});
  ASSERT_TRUE(executor_->Stop(IdOf(spec)).ok());
  const ReplicaId id = Launch(spec);
  EXPECT_EQ(Observe(id).liveness, Liveness::kUnknown);
  EXPECT_EQ(Stdout(spec), "(none)");
}

TEST_F(LocalExecutorTest, AKilledRunnerTakesItsProgramAlong) {
  const LaunchSpec spec = Spec("lost", {MakeTrainer(kStubborn)});
  const ReplicaId id = Launch(spec);
  const ReplicaStatus running = AwaitOutput(id);
  const std::string hidden = Stdout(spec).substr(0, Stdout(spec).find('\n'));
  ASSERT_EQ(::kill(running.record->runner_pid(), SIGKILL), 0);
  const ReplicaStatus seen = AwaitGone(id);
  EXPECT_EQ(seen.record->step(), StatusRecord::RUNNING);
  EXPECT_FALSE(seen.record->has_exit());
  EXPECT_FALSE(Runs(std::to_string(running.record->user_pid())));
  EXPECT_FALSE(Runs(hidden));
}

TEST_F(LocalExecutorTest, AKilledRunnerTakesAlongWhatHidItsEnvironment) {
  const LaunchSpec spec = Spec("bare", {MakeTrainer(R"py(
import subprocess, time
child = subprocess.Popen(['/bin/sleep', '1000'], env={}, start_new_session=True)
print(child.pid, flush=True)
time.sleep(1000)
)py")});
  const ReplicaId id = Launch(spec);
  const ReplicaStatus running = AwaitOutput(id);
  const std::string hidden = Stdout(spec).substr(0, Stdout(spec).find('\n'));
  ASSERT_TRUE(Runs(hidden));
  ASSERT_EQ(::kill(running.record->runner_pid(), SIGKILL), 0);
  AwaitGone(id);
  EXPECT_FALSE(Runs(hidden));
}

TEST_F(LocalExecutorTest, AServerKilledBeforeItsRunnerStartedLaunchesAgain) {
  const LaunchSpec spec = Spec("between", {MakeTrainer("print('ran')")});
  ASSERT_TRUE(RealFileSystem().MakeDirectories(spec.replica_dir()).ok());
  ASSERT_TRUE(RealFileSystem().WriteAtomic(spec.replica_dir() + "/runner-0.lock", "").ok());
  EXPECT_EQ(Observe(IdOf(spec)).liveness, Liveness::kUnknown);
  EXPECT_EQ(RunToEnd(spec).exit().exit_code(), 0);
  EXPECT_EQ(Stdout(spec), "ran\n");
}

TEST_F(LocalExecutorTest, ASecondLaunchStartsNothing) {
  const LaunchSpec spec =
      Spec("twice", {MakeTrainer("print('ran', flush=True); import time; time.sleep(1000)")});
  const ReplicaId id = Launch(spec);
  const std::int32_t runner = AwaitOutput(id).record->runner_pid();
  ASSERT_TRUE(executor_->Launch({spec}).ok());
  EXPECT_EQ(Observe(id).record->runner_pid(), runner);
  ASSERT_TRUE(executor_->Stop(id).ok());
  AwaitGone(id);
  ASSERT_TRUE(executor_->Launch({spec}).ok());
  EXPECT_EQ(Observe(id).liveness, Liveness::kGone);
  EXPECT_EQ(Stdout(spec), "ran\n");
}

TEST_F(LocalExecutorTest, ASecondRunnerOnTheSameSpecStartsNothing) {
  const LaunchSpec spec =
      Spec("rival", {MakeTrainer("print('ran', flush=True); import time; time.sleep(1000)")});
  const ReplicaId id = Launch(spec);
  const std::int32_t runner = AwaitOutput(id).record->runner_pid();
  EXPECT_EQ(Run({MLENGINE_RUNNER, spec.replica_dir() + "/launch-spec.json"}), "");
  EXPECT_EQ(Observe(id).record->runner_pid(), runner);
  ASSERT_EQ(::kill(runner, SIGKILL), 0);
  AwaitGone(id);
  // Its lease is taken for ever, though its runner is gone.
  EXPECT_EQ(Run({MLENGINE_RUNNER, spec.replica_dir() + "/launch-spec.json"}), "");
  NewExecutor();
  EXPECT_EQ(Observe(id).record->step(), StatusRecord::RUNNING);
  EXPECT_EQ(Stdout(spec), "ran\n");
}

TEST_F(LocalExecutorTest, ANewExecutorFindsEverything) {
  const LaunchSpec spec = Spec("restart", {MakeTrainer(R"py(
import os, time
print('ready', flush=True)
while not os.path.exists('go'): time.sleep(0.01)
)py")});
  const ReplicaId id = Launch(spec);
  AwaitOutput(id);
  NewExecutor();
  EXPECT_EQ(Observe(id).liveness, Liveness::kAlive);
  ASSERT_TRUE(executor_->Launch({spec}).ok());
  ASSERT_TRUE(RealFileSystem().WriteAtomic(spec.replica_dir() + "/work/go", "").ok());
  EXPECT_EQ(AwaitGone(id).record->exit().exit_code(), 0);
  NewExecutor();
  EXPECT_EQ(Observe(id).liveness, Liveness::kGone);
  EXPECT_EQ(Observe(id).record->step(), StatusRecord::EXITED);
  EXPECT_EQ(Stdout(spec), "ready\n");
}

TEST_F(LocalExecutorTest, AGangStartsWholeOrNotAtAll) {
  const std::string package = MakeTrainer("import time; time.sleep(1000)");
  const LaunchSpec good = Spec("gang", {package});
  LaunchSpec bad = Spec("gang", {package});
  bad.set_index(1);
  bad.set_replica_dir("/nowhere");
  EXPECT_EQ(executor_->Launch({good, bad}).code(), StatusCode::kInvalidArgument);
  const ReplicaStatus seen = AwaitGone(IdOf(good));
  ASSERT_TRUE(seen.record);
  EXPECT_NE(seen.record->step(), StatusRecord::RUNNING);
}

TEST_F(LocalExecutorTest, ASpecOfAnotherBootStartsNothing) {
  LaunchSpec spec = Spec("boot", {MakeTrainer("print('ran')")});
  spec.set_boot_id("another");
  const StatusRecord record = RunToEnd(spec);
  EXPECT_EQ(record.step(), StatusRecord::NOT_STARTED);
  EXPECT_EQ(record.error().code(), static_cast<int>(StatusCode::kFailedPrecondition));
  EXPECT_EQ(Stdout(spec), "(none)");
}

TEST_F(LocalExecutorTest, AMissingInterpreterIsAStartError) {
  LaunchSpec spec = Spec("python", {MakeTrainer("")});
  spec.mutable_runtime()->set_interpreter("/nowhere/python3");
  const StatusRecord record = RunToEnd(spec);
  EXPECT_EQ(record.step(), StatusRecord::NOT_STARTED);
  EXPECT_THAT(record.error().message(), HasSubstr("/nowhere/python3"));
}

TEST_F(LocalExecutorTest, LimitsEndAProgramWithTheReason) {
  LaunchSpec memory =
      Spec("memory", {MakeTrainer("b = bytearray(200 << 20)\nimport time; time.sleep(1000)")});
  memory.mutable_limits()->set_memory_bytes(100 << 20);
  const StatusRecord hungry = RunToEnd(memory);
  EXPECT_TRUE(hungry.exit().oom_killed());
  EXPECT_EQ(hungry.exit().signal(), SIGKILL);
  // By its cgroup, at the limit, or by the runner, somewhat above it.
  EXPECT_THAT(hungry.exit().kill_reason(), HasSubstr("104857600 bytes"));
  EXPECT_GT(hungry.exit().peak_memory_bytes(), 50 << 20);

  // The program hides the death of its child, and ends by itself.
  LaunchSpec child =
      Spec("child", {MakeTrainer("import subprocess, sys\n"
                                 "hog = 'b = bytearray(200 << 20); import time; time.sleep(1000)'\n"
                                 "subprocess.call([sys.executable, '-c', hog])\n"
                                 "sys.exit(3)")});
  child.mutable_limits()->set_memory_bytes(100 << 20);
  const StatusRecord bereaved = RunToEnd(child);
  EXPECT_TRUE(bereaved.exit().oom_killed());
  EXPECT_THAT(bereaved.exit().kill_reason(), HasSubstr("104857600 bytes"));

  LaunchSpec output = Spec("output", {MakeTrainer("while True: print('x' * 1000)")});
  output.mutable_limits()->set_output_bytes(1 << 20);
  const StatusRecord talkative = RunToEnd(output);
  EXPECT_FALSE(talkative.exit().oom_killed());
  EXPECT_EQ(talkative.exit().signal(), SIGKILL);
  EXPECT_THAT(talkative.exit().kill_reason(), HasSubstr("its limit is 1048576 bytes"));
  // On a busy machine it may be much before anybody looks.
  EXPECT_EQ(
      talkative.exit().stdout_bytes(),
      static_cast<std::int64_t>(RealFileSystem().Stat(output.replica_dir() + "/stdout-0")->size));
}

TEST_F(LocalExecutorTest, EndedRunnersLeaveNoZombie) {
  const LaunchSpec spec = Spec("reaped", {MakeTrainer("")});
  const pid_t runner = RunToEnd(spec).runner_pid();
  // Reaping is hinted at, too; a zombie would still take a signal.
  Await(IdOf(spec), [&](const ReplicaStatus&) { return ::kill(runner, 0) != 0; });
}

TEST_F(LocalExecutorTest, TellsTheMachine) {
  const Capabilities told = executor_->GetCapabilities();
  EXPECT_GE(told.slots, 1);
  EXPECT_GT(told.memory_bytes, 1LL << 28);
  EXPECT_THAT(told.description, ::testing::MatchesRegex("[0-9]+ CPUs?, [0-9.]+ GiB"));
}

}  // namespace
}  // namespace mlengine::executor
