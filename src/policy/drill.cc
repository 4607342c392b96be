#include "policy/drill.h"

#include <optional>

#include "base/number_text.h"

namespace mlengine::policy {

using engine::v1::AttemptRecord;
using engine::v1::DrillRecord;
using engine::v1::JobRecord;
using engine::v1::ReplicaRecord;
using ml::v1::Job;
using runner::v1::StatusRecord;

namespace {

const AttemptRecord* LastAttempt(const JobRecord& record) {
  return record.attempts_size() == 0 ? nullptr : &record.attempts(record.attempts_size() - 1);
}

const ReplicaRecord* Find(const JobRecord& record, std::string_view role, int index) {
  const AttemptRecord* attempt = LastAttempt(record);
  if (attempt == nullptr) return nullptr;
  for (const ReplicaRecord& replica : attempt->replicas()) {
    if (replica.role() == role && replica.index() == index) return &replica;
  }
  return nullptr;
}

std::string Name(const JobRecord& record) {
  return "Job [" + record.job().job_id() + "]";
}

// "It has master:0, worker:0 and worker:1."
std::string ThoseThere(const JobRecord& record) {
  const AttemptRecord* attempt = LastAttempt(record);
  if (attempt == nullptr || attempt->replicas().empty()) return "It has none yet.";
  std::string text = "It has ";
  for (int i = 0; i < attempt->replicas_size(); ++i) {
    if (i > 0) text += i + 1 == attempt->replicas_size() ? " and " : ", ";
    text += ReplicaWord(attempt->replicas(i).role(), attempt->replicas(i).index());
  }
  return text + ".";
}

Status FindReplica(const JobRecord& record, std::string_view word, DrillRecord& drill) {
  const std::size_t colon = word.find(':');
  const std::string role(word.substr(0, colon));
  int index = 0;
  if (colon != std::string_view::npos) {
    index = ToNumber<int>(word.substr(colon + 1)).value_or(-1);
    if (index < 0) {
      return InvalidArgumentError("\"" + std::string(word) +
                                  "\" names no replica: give ROLE:INDEX, such as worker:1");
    }
  }
  if (role.empty())
    return InvalidArgumentError("which replica is to be killed? Give ROLE:INDEX, such as worker:1");
  const AttemptRecord* attempt = LastAttempt(record);
  int of_role = 0;
  for (int i = 0; attempt != nullptr && i < attempt->replicas_size(); ++i)
    of_role += attempt->replicas(i).role() == role ? 1 : 0;
  if (colon == std::string_view::npos && of_role > 1) {
    return InvalidArgumentError("\"" + role + "\" could be any of " + std::to_string(of_role) +
                                " replicas: give ROLE:INDEX. " + ThoseThere(record));
  }
  // A job that has not started, or has ended, is refused for that.
  if (attempt != nullptr && Find(record, role, index) == nullptr) {
    return NotFoundError(Name(record) + " has no replica " + ReplicaWord(role, index) + ". " +
                         ThoseThere(record));
  }
  drill.set_role(role);
  drill.set_index(index);
  return OkStatus();
}

Status CheckState(const JobRecord& record) {
  const std::string name = Name(record);
  switch (record.job().state()) {
    case Job::RUNNING:
      break;
    case Job::QUEUED:
      return FailedPreconditionError(name +
                                     " waits in the queue: nothing of it runs yet. A drill needs a "
                                     "job that runs; `mlengine jobs explain " +
                                     record.job().job_id() + "` says what it waits for.");
    case Job::PREPARING:
      return FailedPreconditionError(name + " is being started. Ask again when it is RUNNING.");
    case Job::CANCELLING:
      return FailedPreconditionError(name + " is being stopped. A drill needs a job that runs.");
    default:
      return FailedPreconditionError(name + " has ended: " + Job::State_Name(record.job().state()) +
                                     ". A drill needs a job that runs.");
  }
  if (record.has_cancel_request_time() || LastAttempt(record) == nullptr ||
      LastAttempt(record)->has_stop_time())
    return FailedPreconditionError(name + " is ending. A drill needs a job that runs.");
  return OkStatus();
}

}  // namespace

std::string ReplicaWord(std::string_view role, int index) {
  return std::string(role) + ":" + std::to_string(index);
}

bool IsUnderWay(const DrillRecord& drill) {
  return drill.state() == DrillRecord::REQUESTED || drill.state() == DrillRecord::ACTING;
}

Status FillDrill(const JobRecord& record, std::string_view action, std::string_view replica,
                 DrillRecord& drill) {
  if (action != "kill" && !replica.empty()) {
    return InvalidArgumentError(
        "a replica is named for the drill \"kill\" alone: the others concern all of the job");
  }
  if (action == "kill") {
    drill.set_kind(DrillRecord::KILL);
    return FindReplica(record, replica, drill);
  }
  if (action == "preempt") {
    drill.set_kind(DrillRecord::PREEMPT);
  } else if (action == "restart-server") {
    drill.set_kind(DrillRecord::RESTART_SERVER);
  } else {
    return InvalidArgumentError("\"" + std::string(action) +
                                "\" is no drill; there are kill, preempt and restart-server");
  }
  return OkStatus();
}

Status CheckDrill(const JobRecord& record, const DrillRecord& drill) {
  MLENGINE_RETURN_IF_ERROR(CheckState(record));
  for (const DrillRecord& other : record.drills()) {
    if (other.number() == drill.number() || !IsUnderWay(other)) continue;
    return FailedPreconditionError("Drill " + std::to_string(other.number()) + " of " +
                                   record.job().job_id() +
                                   " is not over yet. One at a time: ask again when it is.");
  }
  if (drill.kind() != DrillRecord::KILL) return OkStatus();
  const ReplicaRecord* replica = Find(record, drill.role(), drill.index());
  const std::string word = ReplicaWord(drill.role(), drill.index());
  if (replica == nullptr)
    return FailedPreconditionError(Name(record) + " has no replica " + word + " any more.");
  if (replica->runner_lost() || replica->status().step() >= StatusRecord::EXITED)
    return FailedPreconditionError("The replica " + word +
                                   " has ended: nothing of it can be killed.");
  if (replica->status().step() != StatusRecord::RUNNING) {
    return FailedPreconditionError("The replica " + word +
                                   " is being started again. Ask again when it runs.");
  }
  return OkStatus();
}

}  // namespace mlengine::policy
