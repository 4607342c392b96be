#include "runner/exit_evidence.h"

#include <algorithm>
#include <csignal>

namespace mlengine::runner {
namespace {

using v1::ExitReason;

// A file system with less than this is full to a program that writes in blocks.
constexpr std::uint64_t kFullBelow = 64U << 10;

bool Says(std::string_view text, std::string_view words) {
  return text.find(words) != std::string_view::npos;
}

// The words of C libraries and of Python for ENOSPC and EDQUOT.
bool TellsOfFullDisk(std::string_view text) {
  return Says(text, "No space left on device") || Says(text, "[Errno 28]") ||
         Says(text, "Disk quota exceeded");
}

// The words for EAGAIN of a fork and of a new thread.
bool TellsOfRefusedTask(std::string_view text) {
  return Says(text, "Resource temporarily unavailable") || Says(text, "can't start new thread") ||
         Says(text, "Cannot fork");
}

}  // namespace

ExitReason::Code JudgeExit(const ExitEvidence& evidence) {
  if (evidence.end.ok() && !evidence.stop_requested) return ExitReason::FINISHED;
  if (evidence.over_memory) return ExitReason::OUT_OF_MEMORY;
  if (evidence.over_output) return ExitReason::OUTPUT_LIMIT;
  if (evidence.over_tasks) return ExitReason::TOO_MANY_PROCESSES;
  if (evidence.stop_requested) return ExitReason::STOPPED;
  if (evidence.drilled && evidence.end.signal == SIGKILL) return ExitReason::DRILLED;
  const int told = evidence.end.exit_code - 128;  // as a shell tells of a signal
  const int signal = evidence.end.signal != 0 ? evidence.end.signal : std::max(told, 0);
  if (evidence.end.signal == SIGKILL && evidence.machine_oom) return ExitReason::OUT_OF_MEMORY;
  switch (signal) {
    case SIGKILL:
    case SIGTERM:
    case SIGINT:
      return ExitReason::KILLED;
    case SIGSEGV:
    case SIGABRT:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGSYS:
    case SIGTRAP:
      // A program that may not fork, or write, often ends itself so.
      if (evidence.refused_tasks > 0 && TellsOfRefusedTask(evidence.stderr_tail))
        return ExitReason::TOO_MANY_PROCESSES;
      if (TellsOfFullDisk(evidence.stderr_tail)) return ExitReason::DISK_FULL;
      return ExitReason::CRASH;
    default:
      break;
  }
  if (evidence.end.signal != 0) return ExitReason::SIGNALLED;
  if (evidence.refused_tasks > 0 && TellsOfRefusedTask(evidence.stderr_tail))
    return ExitReason::TOO_MANY_PROCESSES;
  if (evidence.free_bytes < kFullBelow || TellsOfFullDisk(evidence.stderr_tail))
    return ExitReason::DISK_FULL;
  return ExitReason::USER_ERROR;
}

}  // namespace mlengine::runner
