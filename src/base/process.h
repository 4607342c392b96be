// Child processes: started with posix_spawn (fork where that cannot), waited for through a pidfd.
// Shared by the runner, the runtimes room and `local train`. Any thread may start; one ChildProcess
// belongs to one thread at a time. A child starts with the default action for every signal, none
// blocked, and no open descriptor but 0, 1 and 2.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace mlengine {

// The caller's environment.
std::map<std::string, std::string> OwnEnvironment();

struct ProcessSpec {
  std::vector<std::string> words{};  // words[0] is a path, or is looked up on PATH
  std::string folder{};              // working folder; "" keeps the caller's
  // The whole environment; unset: the caller's.
  std::optional<std::vector<std::pair<std::string, std::string>>> environment{};
  // Descriptors that become 0, 1 and 2. -1: standard input is /dev/null, the others are the
  // caller's.
  int stdin_fd = -1;
  int stdout_fd = -1;
  int stderr_fd = -1;
  // Leader of a session (and so of a process group) of its own.
  bool new_session = false;
  // Leader of a process group of its own in the caller's session: a key at the terminal does not
  // reach it.
  bool new_group = false;
  // SIGKILL when the thread that starts it ends, however that comes.
  bool die_with_starter = false;
  // The folder of a cgroup of version 2, open: the child is in it from its first instruction, so
  // that nothing it starts is outside. Where the kernel cannot, it is started as usual. -1: none.
  int born_in = -1;
};

// How a process ended, as wait(2) told; `signal` is 0 when it exited by itself; `exit_code` is -1
// when another part of the program took the status.
struct ProcessEnd {
  int exit_code = 0;
  int signal = 0;
  bool ok() const { return exit_code == 0 && signal == 0; }
};
// "exited with status 3", "was killed by signal 9 (SIGKILL)".
std::string Describe(const ProcessEnd& end);

class ChildProcess {
 public:
  // NOT_FOUND when the program does not exist, PERMISSION_DENIED when it may not run; nothing is
  // left then.
  static Result<ChildProcess> Start(const ProcessSpec& spec);
  // The children that this process has, whoever started them: those of the program that it was
  // before an exec, when nothing has been started since.
  static std::vector<ChildProcess> Inherited();
  ChildProcess(ChildProcess&&) noexcept = default;
  ChildProcess& operator=(ChildProcess&&) noexcept = default;

  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }
  // To the process, or with `group` to the process group that it leads. OK when it
  // has ended. Once Wait has told the end nothing is sent: the number may be another's by then.
  Status Signal(int signal, bool group = false) const;
  // Waits at most `timeout` (unset: without limit) and reaps. Nothing when it still runs; the end
  // once and for all otherwise (a second call gives the same).
  std::optional<ProcessEnd> Wait(std::optional<std::chrono::milliseconds> timeout = {});

 private:
  ChildProcess(pid_t pid, UniqueFd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
  pid_t pid_ = -1;
  UniqueFd pidfd_;
  std::optional<ProcessEnd> end_;
};

struct ProcessOutput {
  ProcessEnd end;
  std::string tail;  // the last bytes of stdout and stderr together, at most `tail_limit`
};

// Runs a program to its end in a session of its own, with stdout and stderr together read here;
// `on_line` gets each line without its end as it comes (a line above 64 KiB in pieces). When
// `deadline` passes, or `on_line` returns false, the whole group is killed: DEADLINE_EXCEEDED,
// CANCELLED. What the program leaves behind in its group is killed when it ends. `go_on` is asked
// about each second while the program is silent, and stops it as `on_line` does.
Result<ProcessOutput> RunProcess(ProcessSpec spec, std::chrono::milliseconds deadline,
                                 const std::function<bool(std::string_view)>& on_line = {},
                                 std::size_t tail_limit = 8192,
                                 const std::function<bool()>& go_on = {});

}  // namespace mlengine
