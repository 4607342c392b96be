// What is known about the replicas of a job that failed: the material from which its first cause is
// told. Any bytes; whoever gathers it bounds them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace mlengine::insight {

// How a runner says that an execution ended, as far as causes go.
enum class EndKind {
  kUnknown,
  kFinished,
  kError,    // its own exit status
  kCrash,    // a signal that comes of a fault
  kSignal,   // another signal
  kKilled,   // SIGKILL, SIGTERM, SIGINT, and nobody is known to have sent it
  kDrilled,  // a fire drill killed it
  kStopped,  // it was asked to stop, for whatever reason
  kOutOfMemory,
  kTooManyProcesses,
  kOutputLimit,
  kDiskFull,
  kRunnerLost,
  kRebooted,
  // No user code ran.
  kGpuFailed,
  kStagingFailed,
  kInstallFailed,
  kStartFailed,
};

// One execution of one replica.
struct Execution {
  std::string role;
  int index = 0;
  int restart = 0;
  bool superseded = false;  // it was started again
  std::int64_t started_ns = 0;
  std::int64_t ended_ns = 0;  // 0: not known; of all replicas by one clock, as the former
  EndKind end = EndKind::kUnknown;
  int exit_code = 0;  // as wait(2) told: one of the two
  int signal = 0;
  std::int64_t peak_memory_bytes = 0;
  std::string address = {};  // "127.0.0.1:20001", where others reach it; "" for none
  std::string told = {};     // the runner's sentence: why it killed it, or why no user code ran
  std::string install_output = {};  // the end of what the command printed that prepared it
  std::string out = {};             // the ends of stdout and stderr
  std::string err = {};
};

struct FailureEvidence {
  std::vector<Execution> executions;
  std::string module = {};   // "trainer.task", which the job runs
  std::string runtime = {};  // "2.19"; "" when not known
  // What the runtime holds: version by distribution ("tensorflow-cpu": "2.19.1"), in small letters
  // with '-'. Empty: not known.
  std::map<std::string, std::string, std::less<>> distributions = {};
};

}  // namespace mlengine::insight
