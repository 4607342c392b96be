#include "scheduler/failure_text.h"

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
  std::string text = "The replica " + Replica(replica);
  if (exit.oom_killed()) {
    return text + " ran out-of-memory and exited with a non-zero status of " +
           std::to_string(ExitStatus(exit)) + ".";
  }
  if (!exit.kill_reason().empty()) {
    return text + " exited with a non-zero status of " + std::to_string(ExitStatus(exit)) +
           ". Termination reason: " + exit.kill_reason();
  }
  if (exit.signal() != 0) {
    return text + " exited with a non-zero status of " + std::to_string(ExitStatus(exit)) +
           ". Termination reason: killed by signal " + std::to_string(exit.signal()) + ".";
  }
  text += " exited with a non-zero status of " + std::to_string(exit.exit_code()) + ".";
  if (!exit.traceback().empty()) text += " Termination reason: Error. " + Shorten(exit.traceback());
  return text;
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

std::string FailureText(const AttemptRecord& attempt, const std::string& job_url) {
  const ReplicaRecord* first = FirstFailed(attempt);
  std::string text;
  if (first == nullptr) {
    text = "The job was stopped before its master ended.";
  } else if (first->runner_lost()) {
    text = "Internal error occurred. " + LostText(attempt);
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

std::string LostText(const AttemptRecord& attempt) {
  std::string text;
  for (const ReplicaRecord& replica : attempt.replicas()) {
    if (!replica.runner_lost()) continue;
    if (!text.empty()) text += " ";
    text += "The runner of " + Replica(replica) +
            " was lost before it could record how the program ended.";
  }
  return text;
}

}  // namespace mlengine::scheduler
