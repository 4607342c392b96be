#include "scheduler/job_step.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <utility>

#include "model/job_state.h"
#include "policy/cluster.h"
#include "policy/job_work.h"
#include "scheduler/budget_watch.h"
#include "scheduler/demand.h"
#include "scheduler/drill_step.h"
#include "scheduler/failure_text.h"
#include "scheduler/talk_text.h"

namespace mlengine::scheduler {

using engine::v1::AttemptRecord;
using engine::v1::ReplicaRecord;
using executor::ReplicaStatus;
using ml::v1::Job;
using runner::v1::StatusRecord;
using Liveness = ReplicaStatus::Liveness;

namespace {

void SetTime(google::protobuf::Timestamp* field, Time t) {
  const long long nanos = ToUnixNanos(t);
  field->set_seconds(nanos / 1'000'000'000);
  field->set_nanos(static_cast<int>(nanos % 1'000'000'000));
}

// The resource's times are whole seconds, as its createTime is; attempts keep them exact.
void SetSeconds(google::protobuf::Timestamp* field, Time t) {
  field->set_seconds(ToUnixNanos(t) / 1'000'000'000);
}

Nanoseconds SecondsOf(const google::protobuf::Timestamp& time) {
  return std::chrono::seconds(time.seconds());
}

// As runners write it in a note.
logs::Severity SeverityOf(std::string_view name) {
  if (name == "ERROR") return logs::Severity::kError;
  if (name == "WARNING") return logs::Severity::kWarning;
  return logs::Severity::kInfo;
}

// Builds one step; each method adds what it decides to `step_`.
class StepMaker {
 public:
  StepMaker(const store::JobRecord& record, const StepFacts& facts) : facts_(facts) {
    step_.record = record;
  }

  JobStep Make() {
    if (model::IsFinal(job().state())) return std::move(step_);
    Introduce();
    if (step_.ends) return std::move(step_);
    EnforceLimits();
    if (job().state() == Job::QUEUED) {
      Queued();
    } else {
      Started();
    }
    return std::move(step_);
  }

 private:
  Job& job() { return *step_.record.mutable_job(); }
  AttemptRecord& attempt() {
    return *step_.record.mutable_attempts(step_.record.attempts_size() - 1);
  }
  bool cancel_requested() const { return step_.record.has_cancel_request_time(); }

  void Say(std::string_view severity, std::string message, std::string task_name = "service") {
    step_.entries.push_back({SeverityOf(severity), std::move(message), std::move(task_name)});
  }

  void End(Job::State state) {
    job().set_state(state);
    SetSeconds(job().mutable_end_time(), facts_.now);
    // A clock set back ends no job before its start.
    if (job().start_time().seconds() > job().end_time().seconds())
      *job().mutable_end_time() = job().start_time();
    step_.ends = true;
  }

  void Fail(const std::string& message) {
    job().set_error_message(message);
    Say("ERROR", message);
    Say("INFO", "Job failed.");
    End(Job::FAILED);
  }

  // The first entries of a job, once.
  void Introduce() {
    if (step_.record.service_entries() > 0) return;
    Say("INFO", "Validating job requirements...");
    Say("INFO", "Job creation request has been successfully validated.");
    if (!facts_.runtime_error.empty()) return Fail(facts_.runtime_error);
    for (const std::string& warning : facts_.runtime_warnings) Say("WARNING", warning);
    step_.record.set_runtime_name(facts_.runtime_name);
    Say("INFO", "Job " + job().job_id() + " is queued.");
    step_.record.set_queued_time_ns(ToUnixNanos(facts_.now));
  }

  // A limit that has passed is an intent to cancel, with its reason.
  void EnforceLimits() {
    if (cancel_requested()) return;
    const ml::v1::Scheduling& limits = job().training_input().scheduling();
    if (job().state() == Job::RUNNING) {
      if (Passed(SecondsOf(job().start_time()), limits.max_running_time()))
        CancelFor(std::string(kRanTooLong) + std::to_string(limits.max_running_time().seconds()) +
                  "s.");
    } else if (step_.record.attempts_size() <= 1 && !job().has_start_time() &&
               Passed(Nanoseconds(step_.record.create_time_ns()), limits.max_wait_time())) {
      CancelFor(std::string(kWaitedTooLong) + std::to_string(limits.max_wait_time().seconds()) +
                "s.");
    }
    if (!cancel_requested() && step_.record.attempts_size() > 0) EnforceBudgets();
  }
  void EnforceBudgets() {
    const BudgetVerdict verdict = WatchBudgets(facts_.budgets, step_.record);
    for (const std::string& warning : verdict.warnings) Say("WARNING", warning);
    if (!verdict.stop.empty()) CancelFor(verdict.stop);
  }
  bool Passed(Nanoseconds since, const google::protobuf::Duration& limit) const {
    const Nanoseconds length = std::chrono::seconds(limit.seconds()) + Nanoseconds(limit.nanos());
    return length > Nanoseconds(0) && facts_.now >= Time(since) + length;
  }
  void CancelFor(std::string reason) {
    SetTime(step_.record.mutable_cancel_request_time(), facts_.now);
    Say("ERROR", reason);
    step_.record.set_cancel_reason(std::move(reason));
  }

  void Queued() {
    if (cancel_requested()) {
      Cancelled();
    } else if (facts_.admitted && HasPortsAndGpus() && !AnySpent(facts_.budgets)) {
      NewAttempt();
      job().set_state(Job::PREPARING);
      if (facts_.time_shared) {
        Say("WARNING", "The job has " + std::to_string(ReplicaCount(step_.record)) +
                           " replicas and this machine " + std::to_string(facts_.slots) +
                           " slots: it runs alone and its replicas share the machine's time.");
      }
      Say("INFO", "Waiting for job to be provisioned.");
      Say("INFO", IsPrediction() ? "Waiting for prediction program to start."
                                 : "Waiting for training program to start.");
    }
  }

  void NewAttempt() {
    const int number = step_.record.attempts_size() + 1;
    AttemptRecord* added = step_.record.add_attempts();
    added->set_number(number);
    added->set_launch_token(facts_.launch_token);
    added->set_boot_id(facts_.boot_id);
    SetTime(added->mutable_decided_time(), facts_.now);
    std::size_t port = 0;
    auto gpu = facts_.gpus.begin();
    for (const policy::ReplicaGroup& group : policy::ClusterOf(policy::WorkOf(step_.record))) {
      for (int i = 0; i < group.count; ++i) {
        ReplicaRecord* replica = added->add_replicas();
        replica->set_role(group.role);
        replica->set_index(i);
        if (PortCount(step_.record) > 0 && group.role != "evaluator")
          replica->set_port(facts_.ports[port++]);
        for (int n = 0; n < policy::GpusOf(group.machine); ++n) replica->add_gpus(*gpu++);
      }
    }
  }
  bool HasPortsAndGpus() const {
    return facts_.ports.size() >= static_cast<std::size_t>(PortCount(step_.record)) &&
           facts_.gpus.size() >= static_cast<std::size_t>(DemandOf(step_.record).gpus());
  }

  // PREPARING, RUNNING or CANCELLING: there is an attempt.
  void Started() {
    NoteObserved();
    if (!facts_.launch_error.ok() && !attempt().has_stop_time()) {
      // Stored before it decides anything: a server that is killed now must not launch it after
      // its log has ended.
      StopAttempt();
      return;
    }
    if (cancel_requested() && job().state() != Job::CANCELLING) {
      job().set_state(Job::CANCELLING);
      job().set_error_message(step_.record.cancel_reason());
      StopAttempt();
    }
    RestartReplicas();
    TakeDrillStep({facts_.now, facts_.server_run, facts_.marks}, step_.record, step_.entries);
    TellHints();
    // A master that ended well before the others were up has run all the same.
    const bool done = AllGone() && Succeeded(attempt().replicas(0));
    if (job().state() == Job::PREPARING && (AllReplicasRan() || done)) {
      job().set_state(Job::RUNNING);
      // A further attempt does not begin the job anew.
      if (!job().has_start_time()) SetSeconds(job().mutable_start_time(), facts_.now);
      // The next turn looks at how it ended, so that every job that ran was RUNNING for all to see.
      return;
    }
    if (PrimaryEnded() || AnyFailed()) StopAttempt();
    if (attempt().has_stop_time() && AllGone()) Conclude();
  }

  // Takes over what the runners wrote, and the lines they left for the log.
  void NoteObserved() {
    for (ReplicaRecord& replica : *attempt().mutable_replicas()) {
      const auto seen = std::ranges::find_if(facts_.observed, [&](const ReplicaStatus& one) {
        return one.id.attempt == attempt().number() && one.id.role == replica.role() &&
               one.id.index == replica.index() && one.id.restart == replica.restart();
      });
      const bool is_there = seen != facts_.observed.end() && seen->liveness != Liveness::kUnknown;
      if (!facts_.launch_error.ok() && !is_there && !replica.has_status())
        NotStarted(replica, facts_.launch_error);
      if (seen != facts_.observed.end()) TakeOver(replica, *seen);
    }
  }

  void TakeOver(ReplicaRecord& replica, const ReplicaStatus& seen) {
    if (seen.record) {
      const int noted = replica.status().notes_size();
      const std::string task = replica.role() + "-replica-" + std::to_string(replica.index());
      for (int i = noted; i < seen.record->notes_size(); ++i) {
        Say(seen.record->notes(i).severity(), seen.record->notes(i).message(), task);
      }
      *replica.mutable_status() = *seen.record;
    }
    if (seen.liveness == Liveness::kUnknown && attempt().has_stop_time() && !IsGone(replica)) {
      NotStarted(replica, CancelledError("It was stopped before it was launched."));
    }
    const bool other_boot = attempt().boot_id() != facts_.boot_id;
    const bool gone =
        seen.liveness == Liveness::kGone || (other_boot && seen.liveness != Liveness::kAlive);
    if (gone && !Ended(replica.status())) replica.set_runner_lost(true);
  }

  // A replica that was killed from outside its program goes on as a further execution of itself,
  // at the same address.
  void RestartReplicas() {
    if (attempt().has_stop_time() || cancel_requested() || attempt().boot_id() != facts_.boot_id)
      return;
    for (ReplicaRecord& replica : *attempt().mutable_replicas()) {
      if (!WasKilled(replica)) continue;
      const int counted = CountedRestarts(replica);
      const bool drilled = replica.status().exit().reason() == runner::v1::ExitReason::DRILLED;
      if (!drilled && counted >= kReplicaRestarts) continue;
      const std::string which = drilled
                                    ? "not counted; " + std::to_string(counted) + " of " +
                                          std::to_string(kReplicaRestarts) + " restarts are used"
                                    : "restart " + std::to_string(counted + 1) + " of " +
                                          std::to_string(kReplicaRestarts);
      Say(drilled ? "INFO" : "WARNING",
          ExitText(replica) + " It is started again (" + which + ").");
      *replica.add_earlier() = replica.status();
      replica.clear_status();
      replica.set_restart(replica.restart() + 1);
    }
  }

  // Each once in the job's life, also over a restart of the server.
  void TellHints() {
    if (job().state() != Job::RUNNING || attempt().has_stop_time()) return;
    for (const insight::Hint& hint : facts_.hints) {
      const auto& told = step_.record.hints();
      if (std::ranges::find(told, hint.key) != told.end()) continue;
      step_.record.add_hints(hint.key);
      Say("WARNING", hint.text);
    }
  }

  static void NotStarted(ReplicaRecord& replica, const Status& why) {
    replica.mutable_status()->set_step(StatusRecord::NOT_STARTED);
    replica.mutable_status()->mutable_error()->set_code(static_cast<int>(why.code()));
    replica.mutable_status()->mutable_error()->set_message(why.message());
  }

  static bool Ended(const StatusRecord& status) {
    return status.step() == StatusRecord::EXITED || status.step() == StatusRecord::NOT_STARTED;
  }
  static bool IsGone(const ReplicaRecord& replica) {
    return replica.runner_lost() || Ended(replica.status());
  }
  static bool Succeeded(const ReplicaRecord& replica) {
    return replica.status().step() == StatusRecord::EXITED &&
           replica.status().exit().exit_code() == 0 && replica.status().exit().signal() == 0;
  }

  bool AllReplicasRan() {
    return std::all_of(attempt().replicas().begin(), attempt().replicas().end(),
                       [](const ReplicaRecord& r) {
                         return r.status().step() == StatusRecord::RUNNING ||
                                r.status().step() == StatusRecord::EXITED;
                       });
  }
  bool AllGone() {
    return std::all_of(attempt().replicas().begin(), attempt().replicas().end(), IsGone);
  }
  // The master's end decides; it is the first replica.
  bool PrimaryEnded() { return IsGone(attempt().replicas(0)); }
  bool AnyFailed() {
    return std::any_of(attempt().replicas().begin(), attempt().replicas().end(),
                       [](const ReplicaRecord& r) { return IsGone(r) && !Succeeded(r); });
  }

  void StopAttempt() {
    if (!attempt().has_stop_time()) SetTime(attempt().mutable_stop_time(), facts_.now);
  }

  // All replicas are gone: what became of the attempt, and so of the job.
  void Conclude() {
    const bool cancelled = job().state() == Job::CANCELLING;
    const bool preempted = !cancelled && WasPreempted();
    const bool succeeded = !cancelled && !preempted && Succeeded(attempt().replicas(0));
    const bool outside = !cancelled && !preempted && !succeeded && EndedFromOutside();
    const bool again = preempted || (outside && CountedAttempts(step_.record) <= kAttemptRetries);
    if (again && !HasPortsAndGpus()) return;  // concluded when there are
    SetTime(attempt().mutable_end_time(), facts_.now);
    // Of one replica the job's own end says it.
    if (attempt().replicas_size() > 1)
      Say("INFO", EndsText(step_.record, attempt(), facts_.boot_id));
    if (cancelled) {
      attempt().set_outcome(AttemptRecord::STOPPED);
      return Cancelled();
    }
    if (preempted) {
      attempt().set_outcome(AttemptRecord::PREEMPTED);
      Say("INFO", "The job was preempted by a drill. It is started again (attempt " +
                      std::to_string(step_.record.attempts_size() + 1) + ", not counted).");
      NewAttempt();
      job().set_state(Job::PREPARING);
      return;
    }
    if (succeeded) {
      attempt().set_outcome(AttemptRecord::SUCCEEDED);
      TornDown();
      Say("INFO", "Job completed successfully.");
      return End(Job::SUCCEEDED);
    }
    attempt().set_outcome(outside ? AttemptRecord::INFRASTRUCTURE_FAILURE
                                  : AttemptRecord::USER_ERROR);
    if (again) {
      const std::string lost = LostText(attempt(), facts_.boot_id);
      Say("ERROR", "Internal error occurred for the current attempt: " +
                       (lost.empty() ? KilledText(attempt()) : lost) +
                       " The job is started again (attempt " +
                       std::to_string(step_.record.attempts_size() + 1) + ").");
      NewAttempt();
      job().set_state(Job::PREPARING);
      return;
    }
    const std::string message = FailureText(attempt(), facts_.boot_id, facts_.job_url);
    TornDown();
    Fail(message);
  }

  // Stopped by a drill, and no end of its own came first: neither the master's nor a failure.
  bool WasPreempted() {
    if (attempt().drill() == 0) return false;
    const ReplicaRecord& master = attempt().replicas(0);
    const bool done = Succeeded(master) && !master.status().exit().stop_requested();
    return !done && !std::any_of(attempt().replicas().begin(), attempt().replicas().end(),
                                 [](const ReplicaRecord& r) { return FailedByItself(r); });
  }

  // A lost runner, or a replica that was killed again and again, and no error of the program that
  // would come again.
  bool EndedFromOutside() {
    const auto any = [this](bool (*is)(const ReplicaRecord&)) {
      return std::any_of(attempt().replicas().begin(), attempt().replicas().end(), is);
    };
    if (any([](const ReplicaRecord& r) { return r.runner_lost(); })) return true;
    return any(WasKilled) && !any(FailedByItself);
  }

  bool IsPrediction() const { return step_.record.has_batch_prediction(); }

  void TornDown() {
    const std::string program = IsPrediction() ? "prediction program." : "training program.";
    Say("INFO", "Tearing down " + program);
    Say("INFO", "Finished tearing down " + program);
    if (std::optional<ServiceEntry> talk = TalkEntry(attempt()))
      step_.entries.push_back(*std::move(talk));
  }

  void Cancelled() {
    if (!step_.record.cancel_reason().empty())
      job().set_error_message(step_.record.cancel_reason());
    Say("INFO", "Job cancelled.");
    End(Job::CANCELLED);
  }

  const StepFacts& facts_;
  JobStep step_;
};

}  // namespace

int ReplicaCount(const store::JobRecord& record) {
  return policy::ReplicaCount(policy::WorkOf(record));
}

int PortCount(const store::JobRecord& record) {
  const int replicas = ReplicaCount(record);
  return replicas > 1 ? replicas : 0;
}

const AttemptRecord* LastAttempt(const store::JobRecord& record) {
  return record.attempts_size() == 0 ? nullptr : &record.attempts(record.attempts_size() - 1);
}

executor::ReplicaId IdOf(const store::JobKey& key, const AttemptRecord& attempt,
                         const ReplicaRecord& replica) {
  return {key.project,    key.job_id,      attempt.number(),
          replica.role(), replica.index(), replica.restart()};
}

bool IsWorthStoring(const store::JobRecord& before, const store::JobRecord& after) {
  const auto without_progress = [](store::JobRecord record) {
    for (AttemptRecord& attempt : *record.mutable_attempts()) {
      for (ReplicaRecord& replica : *attempt.mutable_replicas()) {
        if (replica.status().step() < StatusRecord::RUNNING) replica.clear_status();
      }
    }
    return record;
  };
  // Not by their bytes: those of equal maps may differ.
  return !google::protobuf::util::MessageDifferencer::Equals(without_progress(before),
                                                             without_progress(after));
}

JobStep NextStep(const store::JobRecord& record, const StepFacts& facts) {
  return StepMaker(record, facts).Make();
}

}  // namespace mlengine::scheduler
