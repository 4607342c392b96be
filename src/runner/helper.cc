#include "runner/helper.h"

#include <fcntl.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>

namespace mlengine::runner {

Result<ProcessEnd> RunHelper(HelperSpec spec, StopSource& stop) {
  const UniqueFd output(
      ::open(spec.output_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
  if (!output.ok()) return ErrnoError(errno, "open " + spec.output_path);
  ProcessSpec process;
  process.words = spec.words;
  process.environment = std::move(spec.environment);
  process.folder = spec.folder;
  process.stdout_fd = output.get();
  process.stderr_fd = output.get();
  process.new_session = true;
  process.die_with_starter = true;
  MLENGINE_ASSIGN_OR_RETURN(ChildProcess child, ChildProcess::Start(process));
  const auto until = std::chrono::steady_clock::now() + spec.deadline;
  if (spec.meanwhile) spec.meanwhile();
  Status why;
  while (true) {
    if (stop.Asked()) why = CancelledError("It was stopped before its program was started.");
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (why.ok() && left.count() <= 0) {
      why = DeadlineExceededError(spec.words[0] + " did not end within " +
                                  std::to_string(spec.deadline.count() / 1000) + " s");
    }
    if (!why.ok()) break;
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(child.pid()), &info, WEXITED | WNOWAIT | WNOHANG) == 0 &&
        info.si_pid != 0) {
      break;
    }
    stop.Wait(left, child.pidfd());
  }
  // Not reaped yet, so the group is still its own: what it left behind goes too.
  static_cast<void>(child.Signal(SIGKILL, true));
  const ProcessEnd end = *child.Wait();
  if (!why.ok()) return why;
  return end;
}

}  // namespace mlengine::runner
