// ProcessFamily: the processes of a local run and everything they start. When it goes, nothing of
// them is left.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace mlengine::cli {

struct LocalProcess {
  std::vector<std::string> words;                                // words[0] is looked up on PATH
  std::string folder;                                            // working folder
  std::vector<std::pair<std::string, std::string>> environment;  // added to the caller's
  bool own_session = false;  // as a job's replica has: the kernel shares processors by sessions
  int output_fd = -1;        // its stdout and stderr; -1: the caller's
};

// One per program: it adopts orphans of the whole process (subreaper) and takes SIGINT, SIGTERM and
// SIGHUP.
class ProcessFamily {
 public:
  ProcessFamily();
  ~ProcessFamily();  // kills what is left, with its children
  ProcessFamily(const ProcessFamily&) = delete;
  ProcessFamily& operator=(const ProcessFamily&) = delete;

  // `own_group`: out of the terminal's reach. The errors of ChildProcess::Start.
  Result<pid_t> Start(const LocalProcess& process, bool own_group);
  // Waits for `primary`. A signal to this program goes on to it; it then has `grace_ms` to end.
  // Returns its exit code, 128 + N when signal N ended it.
  int WaitFor(pid_t primary, int grace_ms);

  // The same in turns, for a caller with other things to watch; neither of them waits.
  // The primary's exit code once it has ended.
  std::optional<int> Ended(pid_t primary);
  // A signal that this program was sent; 0 when there is none.
  int TakeSignal();
  // Processor seconds that its living processes have used.
  double CoreSeconds() const;

 private:
  void KillAll();
  sigset_t* taken_;
  sigset_t* before_;
};

// Runs a program to its end and returns what it printed on its standard output; INTERNAL when it
// fails.
Result<std::string> OutputOf(const LocalProcess& process, bool with_stderr);

}  // namespace mlengine::cli
