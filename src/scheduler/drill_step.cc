#include "scheduler/drill_step.h"

#include <algorithm>

#include "policy/drill.h"

namespace mlengine::scheduler {

using engine::v1::AttemptRecord;
using engine::v1::DrillRecord;
using engine::v1::ReplicaRecord;
using ml::v1::Job;
using runner::v1::ExitReason;
using runner::v1::StatusRecord;

namespace {

void SetTime(google::protobuf::Timestamp* field, Time t) {
  const long long nanos = ToUnixNanos(t);
  field->set_seconds(nanos / 1'000'000'000);
  field->set_nanos(static_cast<int>(nanos % 1'000'000'000));
}

std::string TaskOf(const DrillRecord& drill) {
  return drill.role() + "-replica-" + std::to_string(drill.index());
}

const ReplicaRecord* Hit(const AttemptRecord& attempt, const DrillRecord& drill) {
  for (const ReplicaRecord& replica : attempt.replicas()) {
    if (replica.role() == drill.role() && replica.index() == drill.index()) return &replica;
  }
  return nullptr;
}

class DrillStep {
 public:
  DrillStep(const DrillFacts& facts, store::JobRecord& record, DrillRecord& drill,
            std::vector<logs::ServiceEntry>& entries)
      : facts_(facts), record_(record), drill_(drill), entries_(entries) {}

  void Take() {
    if (drill_.state() == DrillRecord::REQUESTED) return Decide();
    switch (drill_.kind()) {
      case DrillRecord::KILL:
        return AwaitReplica();
      case DrillRecord::PREEMPT:
        if (attempt().number() > drill_.attempt() && record_.job().state() == Job::RUNNING)
          Back("The job runs again.");
        return;
      default:
        if (drill_.server_run() != facts_.server_run) Back("The server is back.");
    }
  }

 private:
  AttemptRecord& attempt() { return *record_.mutable_attempts(record_.attempts_size() - 1); }

  void Say(std::string sentence) {
    entries_.push_back({logs::Severity::kInfo, "Drill: " + std::move(sentence), "service"});
  }

  void Decide() {
    if (const Status possible = policy::CheckDrill(record_, drill_); !possible.ok()) {
      drill_.set_state(DrillRecord::DROPPED);
      drill_.set_note(possible.message());
      return Say("nothing was done. " + drill_.note());
    }
    drill_.set_state(DrillRecord::ACTING);
    SetTime(drill_.mutable_act_time(), facts_.now);
    drill_.set_attempt(attempt().number());
    switch (drill_.kind()) {
      case DrillRecord::KILL:
        drill_.set_restart(Hit(attempt(), drill_)->restart());
        return Say(TaskOf(drill_) + " is killed.");
      case DrillRecord::PREEMPT:
        // As if the machine were taken for another: what the replicas do with the warning counts.
        SetTime(attempt().mutable_stop_time(), facts_.now);
        attempt().set_drill(drill_.number());
        return Say("the job is preempted: its replicas are stopped, then it starts again.");
      default:
        drill_.set_server_run(facts_.server_run);
        drill_.mutable_marks()->Assign(facts_.marks.begin(), facts_.marks.end());
        return Say("the server is restarted; the job goes on meanwhile.");
    }
  }

  // Until the replica runs again, or the whole attempt is over.
  void AwaitReplica() {
    if (attempt().number() > drill_.attempt()) {
      if (record_.job().state() != Job::RUNNING) return;
      drill_.set_note("The whole job was started again, not the replica alone.");
      return Back("The job runs again.");
    }
    const ReplicaRecord* replica = Hit(attempt(), drill_);
    if (replica == nullptr || replica->restart() <= drill_.restart() ||
        replica->status().step() < StatusRecord::RUNNING)
      return;
    const bool drilled = drill_.restart() < replica->earlier_size() &&
                         replica->earlier(drill_.restart()).exit().reason() == ExitReason::DRILLED;
    if (!drilled) drill_.set_note("The replica had ended before it was killed.");
    Back(TaskOf(drill_) + " runs again.");
  }

  void Back(std::string sentence) {
    drill_.set_state(DrillRecord::BACK);
    SetTime(drill_.mutable_back_time(), facts_.now);
    Say(std::move(sentence));
  }

  const DrillFacts& facts_;
  store::JobRecord& record_;
  DrillRecord& drill_;
  std::vector<logs::ServiceEntry>& entries_;
};

}  // namespace

const DrillRecord* DrillUnderWay(const store::JobRecord& record) {
  const auto found = std::ranges::find_if(record.drills(), policy::IsUnderWay);
  return found == record.drills().end() ? nullptr : &*found;
}

void TakeDrillStep(const DrillFacts& facts, store::JobRecord& record,
                   std::vector<logs::ServiceEntry>& entries) {
  for (DrillRecord& drill : *record.mutable_drills()) {
    if (policy::IsUnderWay(drill)) return DrillStep(facts, record, drill, entries).Take();
  }
}

const ReplicaRecord* ReplicaToKill(const store::JobRecord& record) {
  const DrillRecord* drill = DrillUnderWay(record);
  if (drill == nullptr || drill->kind() != DrillRecord::KILL ||
      drill->state() != DrillRecord::ACTING || record.attempts_size() != drill->attempt())
    return nullptr;
  const ReplicaRecord* replica = Hit(record.attempts(record.attempts_size() - 1), *drill);
  return replica != nullptr && replica->restart() == drill->restart() ? replica : nullptr;
}

bool WantsServerRestart(const store::JobRecord& record, const std::string& server_run) {
  const DrillRecord* drill = DrillUnderWay(record);
  return drill != nullptr && drill->kind() == DrillRecord::RESTART_SERVER &&
         drill->state() == DrillRecord::ACTING && drill->server_run() == server_run;
}

int CountedRestarts(const ReplicaRecord& replica) {
  const auto drilled = std::ranges::count_if(replica.earlier(), [](const StatusRecord& earlier) {
    return earlier.exit().reason() == ExitReason::DRILLED;
  });
  return replica.restart() - static_cast<int>(drilled);
}

int CountedAttempts(const store::JobRecord& record) {
  return static_cast<int>(std::ranges::count_if(
      record.attempts(), [](const AttemptRecord& attempt) { return attempt.drill() == 0; }));
}

}  // namespace mlengine::scheduler
