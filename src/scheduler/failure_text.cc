#include "scheduler/failure_text.h"

#include <algorithm>
#include <csignal>
#include <string_view>

#include "base/status.h"

namespace mlengine::scheduler {

using engine::v1::AttemptRecord;
using engine::v1::ReplicaRecord;
using runner::v1::StatusRecord;

namespace {

constexpr std::size_t kTracebackLimit = 1500;

std::string Replica(const ReplicaRecord& replica) {
  return replica.role() + " " + std::to_string(replica.index());
}

// As a shell tells it: 128 + N for signal N.
int ExitStatus(const runner::v1::Exit& exit) {
  return exit.signal() != 0 ? 128 + exit.signal() : exit.exit_code();
}

// Behind the original's message, which stays as it is.
std::string ReasonText(const runner::v1::Exit& exit) {
  // The traceback says more.
  if (exit.reason() == model::ExitReason::USER_ERROR && !exit.traceback().empty()) return "";
  const std::string_view sentence = model::RowOf(exit.reason()).sentence;
  return sentence.empty() ? "" : " " + std::string(sentence);
}

// What was stopped because of another has not failed.
bool Failed(const ReplicaRecord& replica) {
  return replica.runner_lost() || WasKilled(replica) || FailedByItself(replica);
}

long long EndNanos(const ReplicaRecord& replica) {
  const auto& end = replica.status().exit().end_time();
  return end.seconds() * 1'000'000'000LL + end.nanos();
}

// The replica that failed first by its own clock of ends; a lost runner or a start error counts at
// once.
const ReplicaRecord* FirstFailed(const AttemptRecord& attempt) {
  const ReplicaRecord* first = nullptr;
  for (const ReplicaRecord& replica : attempt.replicas()) {
    if (!Failed(replica)) continue;
    if (first == nullptr || EndNanos(replica) < EndNanos(*first)) first = &replica;
  }
  return first;
}

// The replica that a cause names, where it failed in the end; else the one that failed first.
const ReplicaRecord* ToldOf(const AttemptRecord& attempt, const engine::v1::FailureCause* cause) {
  const ReplicaRecord* first = FirstFailed(attempt);
  if (cause == nullptr) return first;
  for (const ReplicaRecord& replica : attempt.replicas()) {
    if (replica.role() == cause->role() && replica.index() == cause->index() && Failed(replica))
      return &replica;
  }
  return first;
}

// Keeps the beginning and the end of a long traceback, which hold the entry point and the cause.
std::string Shorten(std::string_view text) {
  if (text.size() <= kTracebackLimit) return std::string(text);
  const std::size_t head = kTracebackLimit / 4;
  return std::string(text.substr(0, head)) + " [...] " +
         std::string(text.substr(text.size() - (kTracebackLimit - head)));
}

}  // namespace

bool WasKilled(const ReplicaRecord& replica) {
  const auto& exit = replica.status().exit();
  if (replica.status().step() != StatusRecord::EXITED || exit.stop_requested() ||
      exit.oom_killed() || !exit.kill_reason().empty()) {
    return false;
  }
  const int status = ExitStatus(exit);
  return status == 128 + SIGINT || status == 128 + SIGKILL || status == 128 + SIGTERM;
}

bool FailedByItself(const ReplicaRecord& replica) {
  if (replica.status().step() == StatusRecord::NOT_STARTED)
    return replica.status().error().code() != static_cast<int>(StatusCode::kCancelled);
  return replica.status().step() == StatusRecord::EXITED &&
         !replica.status().exit().stop_requested() && ExitStatus(replica.status().exit()) != 0 &&
         !WasKilled(replica);
}

std::string ExitText(const ReplicaRecord& replica) {
  const auto& exit = replica.status().exit();
  const std::string status = std::to_string(ExitStatus(exit));
  std::string text = "The replica " + Replica(replica);
  if (exit.oom_killed()) {
    text += " ran out-of-memory and exited with a non-zero status of " + status + ".";
    return text + ReasonText(exit);
  }
  text += " exited with a non-zero status of " + status + ".";
  if (!exit.kill_reason().empty()) {
    text += " Termination reason: " + exit.kill_reason();
  } else if (exit.signal() != 0) {
    text += " Termination reason: killed by signal " + std::to_string(exit.signal()) + ".";
  } else if (!exit.traceback().empty()) {
    text += " Termination reason: Error. " + Shorten(exit.traceback());
  }
  return text + ReasonText(exit);
}

std::string KilledText(const AttemptRecord& attempt) {
  std::string text;
  for (const ReplicaRecord& replica : attempt.replicas()) {
    if (!WasKilled(replica)) continue;
    text += (text.empty() ? "" : " ") + ExitText(replica) + " It had been started again " +
            std::to_string(replica.restart()) + " times.";
  }
  return text;
}

std::string FailureText(const AttemptRecord& attempt, const std::string& boot_id,
                        const std::string& job_url, const engine::v1::FailureCause* cause) {
  const ReplicaRecord* first = ToldOf(attempt, cause);
  std::string text;
  if (first == nullptr) {
    text = "The job was stopped before its master ended.";
  } else if (first->runner_lost()) {
    text = "Internal error occurred. " + LostText(attempt, boot_id);
  } else if (first->status().step() == StatusRecord::NOT_STARTED) {
    text = "The replica " + Replica(*first) +
           " could not be started: " + first->status().error().message();
    if (!first->status().error().evidence().empty())
      text += " " + Shorten(first->status().error().evidence());
  } else {
    text = ExitText(*first);
  }
  return text + "\nTo find out more about why your job exited please check the logs: " + job_url;
}

std::string LostText(const AttemptRecord& attempt, const std::string& boot_id) {
  std::string text;
  for (const ReplicaRecord& replica : attempt.replicas()) {
    if (!replica.runner_lost()) continue;
    if (!text.empty()) text += " ";
    text += "The runner of " + Replica(replica) +
            " was lost before it could record how the program ended.";
  }
  if (text.empty()) return text;
  const auto reason = attempt.boot_id() == boot_id ? model::ExitReason::RUNNER_LOST
                                                   : model::ExitReason::MACHINE_REBOOTED;
  return text + " " + std::string(model::RowOf(reason).sentence);
}

model::ExitReason::Code ReasonOf(const store::JobRecord& record, const AttemptRecord& attempt,
                                 const ReplicaRecord& replica, const std::string& boot_id) {
  using model::ExitReason;
  if (replica.runner_lost()) {
    return attempt.boot_id() == boot_id ? ExitReason::RUNNER_LOST : ExitReason::MACHINE_REBOOTED;
  }
  const StatusRecord& status = replica.status();
  const bool stopped = (status.step() == StatusRecord::EXITED && status.exit().stop_requested()) ||
                       (status.step() == StatusRecord::NOT_STARTED &&
                        status.error().code() == static_cast<int>(StatusCode::kCancelled));
  if (!stopped) {
    return status.step() == StatusRecord::EXITED ? status.exit().reason() : status.error().reason();
  }
  if (record.has_cancel_request_time()) {
    const std::string& why = record.cancel_reason();
    if (why.empty()) return ExitReason::CANCELLED;
    const bool time = why.starts_with(kRanTooLong) || why.starts_with(kWaitedTooLong);
    return time ? ExitReason::TIME_LIMIT : ExitReason::BUDGET;
  }
  const bool failed = std::ranges::any_of(attempt.replicas(), Failed);
  if (attempt.drill() != 0 && !failed && status.step() == StatusRecord::EXITED)
    return ExitReason::PREEMPTED;
  if (failed) return ExitReason::STOPPED_WITH_JOB;
  return status.step() == StatusRecord::EXITED ? ExitReason::TORN_DOWN
                                               : ExitReason::STOPPED_BEFORE_START;
}

std::string EndsText(const store::JobRecord& record, const AttemptRecord& attempt,
                     const std::string& boot_id) {
  std::string text = "How the replicas ended: ";
  for (int i = 0; i < attempt.replicas_size();) {
    const ReplicaRecord& first = attempt.replicas(i);
    const auto reason = ReasonOf(record, attempt, first, boot_id);
    int last = i;
    while (last + 1 < attempt.replicas_size() &&
           attempt.replicas(last + 1).role() == first.role() &&
           ReasonOf(record, attempt, attempt.replicas(last + 1), boot_id) == reason) {
      ++last;
    }
    text += (i == 0 ? "" : ", ") + Replica(first) +
            (last > i ? " to " + std::to_string(attempt.replicas(last).index()) : "") + " " +
            std::string(model::RowOf(reason).name);
    i = last + 1;
  }
  return text + ".";
}

}  // namespace mlengine::scheduler
