#include "scheduler/failure_text.h"

#include <string_view>

namespace mlengine::scheduler {

using engine::v1::AttemptRecord;
using engine::v1::ReplicaRecord;
using runner::v1::StatusRecord;

namespace {

constexpr std::size_t kTracebackLimit = 1500;

std::string Replica(const ReplicaRecord& replica) {
  return replica.role() + " " + std::to_string(replica.index());
}

bool Failed(const ReplicaRecord& replica) {
  if (replica.runner_lost() || replica.status().step() == StatusRecord::NOT_STARTED) return true;
  const auto& exit = replica.status().exit();
  return replica.status().step() == StatusRecord::EXITED &&
         (exit.exit_code() != 0 || exit.signal() != 0);
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
    if (!Failed(replica) || replica.status().exit().stop_requested()) continue;
    if (first == nullptr || EndNanos(replica) < EndNanos(*first)) first = &replica;
  }
  if (first != nullptr) return first;
  for (const ReplicaRecord& replica : attempt.replicas()) {
    if (Failed(replica)) return &replica;
  }
  return nullptr;
}

// Keeps the beginning and the end of a long traceback, which hold the entry point and the cause.
std::string Shorten(std::string_view text) {
  if (text.size() <= kTracebackLimit) return std::string(text);
  const std::size_t head = kTracebackLimit / 4;
  return std::string(text.substr(0, head)) + " [...] " +
         std::string(text.substr(text.size() - (kTracebackLimit - head)));
}

std::string ExitSentence(const ReplicaRecord& replica) {
  const auto& exit = replica.status().exit();
  std::string text = "The replica " + Replica(replica);
  if (exit.oom_killed()) {
    const int code = exit.signal() != 0 ? 128 + exit.signal() : exit.exit_code();
    return text + " ran out-of-memory and exited with a non-zero status of " +
           std::to_string(code) + ".";
  }
  if (!exit.kill_reason().empty()) {
    return text + " exited with a non-zero status of " + std::to_string(128 + exit.signal()) +
           ". Termination reason: " + exit.kill_reason();
  }
  if (exit.signal() != 0) {
    return text + " exited with a non-zero status of " + std::to_string(128 + exit.signal()) +
           ". Termination reason: killed by signal " + std::to_string(exit.signal()) + ".";
  }
  text += " exited with a non-zero status of " + std::to_string(exit.exit_code()) + ".";
  if (!exit.traceback().empty()) text += " Termination reason: Error. " + Shorten(exit.traceback());
  return text;
}

}  // namespace

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
    text = ExitSentence(*first);
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
