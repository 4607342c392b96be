// The user's program: how it is started, and what is known of it and of everything it started. The
// runner is the subreaper, so each of those processes ends as its child. One thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/process.h"
#include "base/result.h"

namespace mlengine::runner {

struct ProgramSpec {
  std::vector<std::string> words;
  std::vector<std::pair<std::string, std::string>> environment;  // whole
  std::string folder;
  // Its stdout and stderr.
  int stdout_fd = -1;
  int stderr_fd = -1;
  int born_in = -1;  // as ProcessSpec's
};

// What all living processes of a program use together.
struct ProgramUse {
  // Their resident memory in bytes, or, when that is more than the limit that was asked about,
  // their proportional share of it. No more than the limit when reading these shares would have to
  // wait for long and those that were read do not come to it.
  std::int64_t memory_bytes = 0;
  std::int64_t tasks = 0;  // processes and threads
};

class Program {
 public:
  // Leader of a session of its own; it is killed when this thread dies. When this returns OK user
  // code runs; otherwise none did.
  Status Start(const ProgramSpec& spec);

  pid_t pid() const { return pid_; }
  // The program's own end, once it happened. Reaps others of its processes that ended.
  std::optional<ProcessEnd> End();
  // To the program's process group.
  void Signal(int signal);
  // Kills every process that is left and reaps what is dead. True when none is left. To be repeated
  // until then: one may be forked just now.
  bool KillAll();

  // A child of this process that is none of the program's: it is reaped, and killed by KillAll, but
  // not measured; one that hangs is waited for no more than two seconds.
  void SetAside(pid_t child) { aside_.insert(child); }
  // Living and unreaped processes, parents first.
  std::vector<pid_t> Processes() const;

  // Of all processes that were reaped: nanoseconds of CPU, and bytes of the largest.
  std::int64_t cpu_ns() const { return cpu_user_ns_ + cpu_system_ns_; }
  std::int64_t cpu_user_ns() const { return cpu_user_ns_; }
  std::int64_t cpu_system_ns() const { return cpu_system_ns_; }
  std::int64_t peak_bytes() const { return peak_bytes_; }
  // Their use, as far as its memory may exceed `memory_limit`.
  ProgramUse Measure(std::int64_t memory_limit);

 private:
  void Reap(pid_t pid);
  bool OnlyAsideHangs();

  pid_t pid_ = -1;
  bool reaped_ = false;
  std::optional<ProcessEnd> end_;
  std::set<pid_t> aside_;
  std::optional<std::chrono::steady_clock::time_point> only_aside_since_;
  std::int64_t cpu_user_ns_ = 0;
  std::int64_t cpu_system_ns_ = 0;
  std::int64_t peak_bytes_ = 0;
};

// Children of a process of this machine, by /proc.
std::vector<pid_t> ChildrenOf(pid_t pid);
// And theirs in turn, parents first.
std::vector<pid_t> DescendantsOf(pid_t pid);

}  // namespace mlengine::runner
