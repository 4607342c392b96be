// What a runner knows about the end of its program, and the reason that follows. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/process.h"
#include "mlengine/runner/v1/status_record.pb.h"

namespace mlengine::runner {

struct ExitEvidence {
  ProcessEnd end{};
  bool stop_requested = false;
  // The runner sent SIGKILL for a fire drill.
  bool drilled = false;
  // A limit of the spec was passed: seen by the runner, or by the counters of its cgroup.
  bool over_memory = false;
  bool over_output = false;
  bool over_tasks = false;
  // Forks and threads that the kernel refused for the limit.
  std::int64_t refused_tasks = 0;
  // The kernel killed a process of this machine for want of memory while the program ran.
  bool machine_oom = false;
  // Of the file system that holds its folder, when it had ended; and the end of its stderr.
  std::uint64_t free_bytes = UINT64_MAX;
  std::string_view stderr_tail{};
};

// A stop, or a limit for which the runner killed it, comes before what the exit status says; an end
// with 0 is FINISHED whatever was met on the way.
v1::ExitReason::Code JudgeExit(const ExitEvidence& evidence);

}  // namespace mlengine::runner
