#include "scheduler/reconciler.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "insight/first_cause.h"
#include "model/job_state.h"
#include "scheduler/cause_evidence.h"
#include "scheduler/cause_record.h"
#include "scheduler/drill_step.h"
#include "scheduler/stream_marks.h"
#include "scheduler/turn_metrics.h"

namespace mlengine::scheduler {

using engine::v1::AttemptRecord;
using engine::v1::ReplicaRecord;
using executor::ReplicaId;
using executor::ReplicaStatus;
using ml::v1::Job;
using store::JobKey;
using store::JobRecord;
using store::StoredJob;
using Liveness = ReplicaStatus::Liveness;

namespace {

// Starts of replicas so far, of all attempts.
int Executions(const JobRecord& record) {
  int count = 0;
  for (const AttemptRecord& attempt : record.attempts()) {
    for (const ReplicaRecord& replica : attempt.replicas()) count += 1 + replica.restart();
  }
  return count;
}

// A flood of new jobs must not hold up those that run: the next turn, which comes at once, takes
// more of them.
constexpr int kNewJobsPerTurn = 8;

// Between two tries of a launch for which the machine has no room.
constexpr std::chrono::seconds kLaunchPause{1};

// A start within this time is told with what comes of it, not step by step: each telling costs
// several writes to the disk.
constexpr std::chrono::milliseconds kYoung{200};

// All replicas left a final record and no process; a lost one may have a successor.
bool HasEnded(const std::vector<ReplicaStatus>& replicas) {
  return std::all_of(replicas.begin(), replicas.end(), [](const ReplicaStatus& replica) {
    return replica.liveness == Liveness::kGone && replica.record &&
           replica.record->step() == runner::v1::StatusRecord::EXITED;
  });
}

bool IsYoung(const JobRecord& record, Time now) {
  const AttemptRecord* attempt = LastAttempt(record);
  if (attempt == nullptr) return false;
  const Nanoseconds decided = std::chrono::seconds(attempt->decided_time().seconds()) +
                              Nanoseconds(attempt->decided_time().nanos());
  // A clock set back makes nothing young.
  return now >= Time(decided) && now < Time(decided) + kYoung;
}

}  // namespace

Reconciler::Reconciler(store::JobStore& store, logs::LogStore& logs, executor::Executor& executor,
                       Clock& clock, ReconcilerOptions options, ReconcilerPorts ports)
    : store_(store),
      logs_(logs),
      executor_(executor),
      clock_(clock),
      options_(std::move(options)),
      ports_(std::move(ports)),
      jobs_(store, [this] { Hint(); }),
      spools_(logs, clock, options_.jobs_dir, options_.log_patience) {
  const executor::Capabilities pool = executor_.GetCapabilities();
  slots_ = options_.slots > 0 ? options_.slots : std::max(1, pool.slots);
  for (const executor::GpuDevice& gpu : pool.gpus) gpus_.push_back(gpu.uuid);
  executor_.SetChangeHint([this] { Hint(); });
}

Reconciler::~Reconciler() {
  Stop();
  executor_.SetChangeHint([] {});
}

void Reconciler::Hint() {
  const std::lock_guard lock(mutex_);
  hinted_ = true;
  wake_.notify_one();
}

void Reconciler::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void Reconciler::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void Reconciler::Loop() {
  while (true) {
    const auto begin = std::chrono::steady_clock::now();
    const bool changed = Turn();
    if (ports_.metrics != nullptr) TellMetrics(std::chrono::steady_clock::now() - begin);
    std::unique_lock lock(mutex_);
    if (!changed) {
      wake_.wait_for(lock, options_.idle_turn, [this] { return stopping_ || hinted_; });
    }
    if (stopping_) return;
    hinted_ = false;
  }
}

void Reconciler::TellMetrics(std::chrono::duration<double> turn) const {
  ShowTurn(*ports_.metrics, jobs_, {slots_, static_cast<int>(gpus_.size())},
           static_cast<int>(gpus_.size() - UnheldGpus().size()), turn, clock_.Now());
}

bool Reconciler::Turn() {
  for (const JobKey& key : jobs_.Refresh()) Forget(key);
  const auto observed = Observe();
  const std::vector<Admission> admissions = Plan(observed);
  bool changed = false;
  // The admitted first: they start while the others' ends are written down. Each once: a new job
  // that is admitted at once would else be launched by what was observed before its first step.
  std::vector<JobKey> keys;
  for (const Admission& admission : admissions) keys.push_back(admission.key);
  const std::set<JobKey> admitted(keys.begin(), keys.end());
  for (const auto* ranked : {&jobs_.started(), &jobs_.due()}) {
    for (const auto& [rank, key] : *ranked) {
      if (!admitted.contains(key)) keys.push_back(key);
    }
  }
  int introduced = 0;
  for (const auto& [rank, key] : jobs_.fresh()) {
    if (admitted.contains(key)) continue;
    if (++introduced > kNewJobsPerTurn) break;
    keys.push_back(key);
  }
  for (const JobKey& key : keys) {
    if (!jobs_.Contains(key)) continue;
    const Admission* admission = nullptr;
    for (const Admission& candidate : admissions) {
      if (candidate.key == key) admission = &candidate;
    }
    const auto seen = observed.find(key);
    const StepFacts facts =
        FactsFor(jobs_.Record(key), admission,
                 seen == observed.end() ? std::vector<ReplicaStatus>{} : seen->second);
    changed = TakeStep(key, facts) || changed;
    if (jobs_.Contains(key)) ActOnDrill(key);
    if (jobs_.Contains(key)) changed = Act(key, facts.observed) || changed;
  }
  return changed;
}

void Reconciler::Forget(const JobKey& key) {
  launch_errors_.erase(key);
  launch_tried_.erase(key);
  spools_.Forget(key);
}

std::vector<Admission> Reconciler::Plan(
    const std::map<JobKey, std::vector<ReplicaStatus>>& observed) const {
  if (ports_.may_start && !ports_.may_start()) return {};
  PoolRoom room({{slots_, static_cast<int>(gpus_.size())}});
  AccountRoom accounts;
  for (const auto& [rank, key] : jobs_.started()) {
    // One whose processes are gone for good only has its end to be stored: its room is free.
    const auto seen = observed.find(key);
    if (seen != observed.end() && HasEnded(seen->second)) continue;
    const Demand demand = DemandOf(jobs_.Record(key));
    room.Hold(demand);
    accounts.Take(demand);
  }
  room.Quarantine(0, static_cast<int>(gpus_.size() - UnheldGpus().size()));
  if (ports_.quotas) {
    const Time now = clock_.Now();
    for (const WaitingJob* job : jobs_.waiting().OfEachAccount())
      accounts.SetLimits(job->demand.account, ports_.quotas(jobs_.Record(job->key), now));
  }
  return PlanAdmissions(jobs_.waiting(), room, accounts);
}

std::map<JobKey, std::vector<ReplicaStatus>> Reconciler::Observe() {
  std::vector<ReplicaId> ids;
  for (const auto& [rank, key] : jobs_.started()) {
    const AttemptRecord& attempt = *LastAttempt(jobs_.Record(key));
    for (const ReplicaRecord& replica : attempt.replicas())
      ids.push_back(IdOf(key, attempt, replica));
  }
  std::map<JobKey, std::vector<ReplicaStatus>> observed;
  if (ids.empty()) return observed;
  Result<std::vector<ReplicaStatus>> statuses = executor_.Observe(ids);
  if (!statuses.ok()) {
    Log(LogLevel::kWarning, "cannot observe the replicas now",
        {{"status", statuses.status().ToString()}});
    return observed;
  }
  for (ReplicaStatus& status : *statuses) {
    const JobKey key{status.id.project, status.id.job_id};
    observed[key].push_back(std::move(status));
  }
  return observed;
}

StepFacts Reconciler::FactsFor(const JobRecord& record, const Admission* admission,
                               std::vector<ReplicaStatus> observed) {
  const JobKey key{record.project(), record.job().job_id()};
  StepFacts facts;
  facts.now = clock_.Now();
  facts.observed = std::move(observed);
  facts.admitted = admission != nullptr;
  // For a start now, or again after replicas that are gone.
  const AttemptRecord* last = LastAttempt(record);
  const bool any_gone = std::ranges::any_of(facts.observed, [](const ReplicaStatus& replica) {
    return replica.liveness == Liveness::kGone;
  });
  if (facts.admitted || any_gone || (last != nullptr && last->boot_id() != options_.boot_id)) {
    facts.ports = PortsFor(record);
    facts.gpus = GpusFor(key);
  }
  if (ports_.budgets && (facts.admitted || last != nullptr))
    facts.budgets = ports_.budgets(record, facts.now);
  if (ports_.hints && record.job().state() == Job::RUNNING) facts.hints = ports_.hints(record);
  facts.time_shared = admission != nullptr && admission->time_shared;
  facts.slots = slots_;
  facts.boot_id = options_.boot_id;
  facts.server_run = options_.server_run;
  if (const engine::v1::DrillRecord* drill = DrillUnderWay(record);
      drill != nullptr && drill->kind() == engine::v1::DrillRecord::RESTART_SERVER &&
      drill->state() == engine::v1::DrillRecord::REQUESTED)
    facts.marks = MarksOf(logs_, options_.jobs_dir, record);
  facts.launch_token = ports_.new_token();
  facts.job_url = ports_.job_url(key);
  if (const auto error = launch_errors_.find(key); error != launch_errors_.end())
    facts.launch_error = error->second;
  if (record.service_entries() == 0) {
    RuntimeChoice choice = ports_.choose_runtime(record);
    facts.runtime_name = std::move(choice.name);
    facts.runtime_warnings = std::move(choice.warnings);
    facts.runtime_error = std::move(choice.error);
  }
  return facts;
}

// Ports of replicas whose job has not ended stay theirs, whether they listen yet or not.
std::vector<int> Reconciler::PortsFor(const JobRecord& record) const {
  const int count = PortCount(record);
  if (count == 0) return {};
  std::set<int> taken;
  for (const auto& [rank, key] : jobs_.started()) {
    for (const ReplicaRecord& replica : LastAttempt(jobs_.Record(key))->replicas())
      taken.insert(replica.port());
  }
  std::vector<int> ports = ports_.free_ports(count, taken);
  if (ports.size() < static_cast<std::size_t>(count)) {
    Log(LogLevel::kWarning, "too few free ports for the replicas of a job",
        {{"job", record.job().job_id()}, {"needed", std::to_string(count)}});
  }
  return ports;
}

std::vector<std::string> Reconciler::UnheldGpus() const {
  std::vector<std::string> free = gpus_;
  for (const executor::HeldGpu& held : executor_.HeldGpus()) std::erase(free, held.uuid);
  return free;
}

// Those of the pool that no other job holds.
std::vector<std::string> Reconciler::GpusFor(const JobKey& key) const {
  if (gpus_.empty()) return {};
  std::set<std::string> taken;
  for (const auto& [rank, other] : jobs_.started()) {
    if (other == key) continue;
    for (const ReplicaRecord& replica : LastAttempt(jobs_.Record(other))->replicas())
      taken.insert(replica.gpus().begin(), replica.gpus().end());
  }
  std::vector<std::string> free;
  for (const std::string& gpu : UnheldGpus()) {
    if (!taken.contains(gpu)) free.push_back(gpu);
  }
  return free;
}

// Takes one job's next step: log first, then the record. True when the record changed.
bool Reconciler::TakeStep(const JobKey& key, const StepFacts& facts) {
  const JobRecord& before = jobs_.Record(key);
  JobStep step = NextStep(before, facts);
  const logs::JobRef job{key.project, key.job_id};
  spools_.Attach(before);  // again after a restart
  const bool stays = !IsWorthStoring(before, step.record);
  if (stays && (step.entries.empty() || IsYoung(before, facts.now))) return false;
  if (step.ends) {
    spools_.Attach(step.record);
    const std::optional<std::string> missing = spools_.Complete(step.record);
    if (!missing) return false;
    if (!missing->empty())
      step.entries.insert(step.entries.begin(), {logs::Severity::kWarning, *missing});
    if (step.record.job().state() == Job::FAILED) FindCause(facts, step);
    if (ports_.progress && LastAttempt(step.record) != nullptr) {
      if (auto progress = ports_.progress(step.record))
        *step.record.mutable_progress() = *std::move(progress);
    }
    if (ports_.end_prediction && step.record.has_batch_prediction())
      ports_.end_prediction(step.record);
  }
  int next = before.service_entries();
  if (step.ends || !step.entries.empty()) {
    const int first = before.service_entries();
    const Result<int> logged = step.ends ? logs_.EndLog(job, first, step.entries)
                                         : logs_.AppendService(job, first, step.entries);
    // A log that a killed server ended, for a step that it did not store, takes no more; the job
    // must go on all the same.
    if (!logged.ok() && !logs_.Ended(job)) {
      Log(LogLevel::kError, "cannot write a job's log",
          {{"job", job.job_id}, {"status", logged.status().ToString()}});
      return false;
    }
    next = logged.value_or(first + static_cast<int>(step.entries.size()));
  }
  // Behind what the runner told on the way, so that the program's first line comes after it.
  if (!step.ends) spools_.Attach(step.record);
  if (!step.ends && Executions(step.record) > Executions(before))
    spools_.CloseSuperseded(step.record);
  step.record.set_service_entries(next);
  const Status stored = Store(key, step.record);
  if (!stored.ok()) {
    Log(LogLevel::kError, "cannot store a job's step",
        {{"job", key.job_id}, {"status", stored.ToString()}});
    return false;
  }
  return true;
}

// From what is stored, so that a step that is taken again after a crash tells the same.
void Reconciler::FindCause(const StepFacts& facts, JobStep& step) {
  const store::JobRecord& record = step.record;
  insight::FailureEvidence evidence =
      EvidenceOf(record, facts.boot_id, TailsOf(logs_, {record.project(), record.job().job_id()}));
  if (ports_.distributions) evidence.distributions = ports_.distributions(record);
  if (const std::optional<insight::Cause> cause = insight::FirstCause(evidence))
    TellCause(*cause, facts, step);
}

// Writes the reconciler's own fields over the stored record; labels and intents stay the API's.
Status Reconciler::Store(const JobKey& key, const JobRecord& record) {
  Result<StoredJob> stored = store_.Update(key, [&record](JobRecord& current) {
    Job& job = *current.mutable_job();
    job.set_state(record.job().state());
    job.set_error_message(record.job().error_message());
    if (record.job().has_start_time()) *job.mutable_start_time() = record.job().start_time();
    if (record.job().has_end_time()) *job.mutable_end_time() = record.job().end_time();
    *current.mutable_attempts() = record.attempts();
    *current.mutable_budget_warnings() = record.budget_warnings();
    // Those that were asked for meanwhile come behind.
    for (int i = 0; i < std::min(record.drills_size(), current.drills_size()); ++i)
      *current.mutable_drills(i) = record.drills(i);
    current.set_runtime_name(record.runtime_name());
    current.set_queued_time_ns(record.queued_time_ns());
    current.set_service_entries(record.service_entries());
    if (record.has_cause()) *current.mutable_cause() = record.cause();
    *current.mutable_hints() = record.hints();
    if (record.has_progress()) *current.mutable_progress() = record.progress();
    if (record.job().has_prediction_output())
      *job.mutable_prediction_output() = record.job().prediction_output();
    // A limit of the job has passed; the user's own cancel keeps its time.
    if (record.has_cancel_request_time() && !current.has_cancel_request_time()) {
      *current.mutable_cancel_request_time() = record.cancel_request_time();
      current.set_cancel_reason(record.cancel_reason());
    }
    return OkStatus();
  });
  if (!stored.ok()) return stored.status();
  if (model::IsFinal(stored->record.job().state())) {
    for (const AttemptRecord& attempt : stored->record.attempts()) {
      for (const ReplicaRecord& replica : attempt.replicas()) {
        ReplicaId id = IdOf(key, attempt, replica);
        for (id.restart = 0; id.restart <= replica.restart(); ++id.restart)
          static_cast<void>(executor_.Forget(id));
      }
    }
    jobs_.Remove(key);
    Forget(key);
  } else {
    jobs_.Put(*std::move(stored));
  }
  return OkStatus();
}

// A kill that fails now (a full disk) is tried again with the next turn.
void Reconciler::ActOnDrill(const JobKey& key) {
  const JobRecord& record = jobs_.Record(key);
  if (const ReplicaRecord* replica = ReplicaToKill(record)) {
    const Status killed = executor_.Kill(IdOf(key, *LastAttempt(record), *replica));
    if (!killed.ok()) {
      Log(LogLevel::kError, "cannot kill a replica for a drill",
          {{"job", key.job_id}, {"status", killed.ToString()}});
    }
  }
  if (ports_.restart_server && WantsServerRestart(record, options_.server_run))
    ports_.restart_server();
}

// Carries out what the stored record asks for and is not so yet.
bool Reconciler::Act(const JobKey& key, const std::vector<ReplicaStatus>& observed) {
  const JobRecord& record = jobs_.Record(key);
  const AttemptRecord* attempt = LastAttempt(record);
  if (attempt == nullptr || attempt->boot_id() != options_.boot_id || launch_errors_.contains(key))
    return false;
  if (attempt->has_stop_time()) {
    for (const ReplicaRecord& replica : attempt->replicas()) {
      const bool ended =
          replica.runner_lost() || replica.status().step() >= runner::v1::StatusRecord::EXITED;
      if (ended) continue;
      const Status stopped = executor_.Stop(IdOf(key, *attempt, replica));
      if (!stopped.ok()) {
        Log(LogLevel::kWarning, "cannot stop a replica yet",
            {{"job", key.job_id}, {"status", stopped.ToString()}});
      }
    }
    return false;
  }
  // All of a gang at first, later those that start again, and what a killed server left out.
  std::vector<const ReplicaRecord*> unknown;
  for (const ReplicaRecord& replica : attempt->replicas()) {
    const ReplicaId id = IdOf(key, *attempt, replica);
    const bool known = std::ranges::any_of(observed, [&](const ReplicaStatus& status) {
      return status.id == id && status.liveness != Liveness::kUnknown;
    });
    if (!known && !replica.has_status()) unknown.push_back(&replica);
  }
  if (unknown.empty()) return false;
  const Time now = clock_.Now();
  const auto tried = launch_tried_.find(key);
  if (tried != launch_tried_.end() && now >= tried->second && now - tried->second < kLaunchPause)
    return false;
  launch_tried_.erase(key);
  const Status launched = Launch(key, record, unknown);
  if (launched.ok()) return false;
  Log(LogLevel::kError, "cannot launch a job",
      {{"job", key.job_id}, {"status", launched.ToString()}});
  // A full disk or a busy machine is no fault of the job: it waits until there is room.
  if (launched.code() == StatusCode::kResourceExhausted ||
      launched.code() == StatusCode::kUnavailable) {
    launch_tried_[key] = now;
    return false;
  }
  launch_errors_[key] = launched;
  return true;
}

Status Reconciler::Launch(const JobKey& key, const JobRecord& record,
                          const std::vector<const ReplicaRecord*>& replicas) {
  const AttemptRecord& attempt = *LastAttempt(record);
  std::vector<executor::LaunchSpec> gang;
  for (const ReplicaRecord* one : replicas) {
    const ReplicaRecord& replica = *one;
    MLENGINE_ASSIGN_OR_RETURN(executor::LaunchSpec spec, ports_.build_spec(record, replica));
    const ReplicaId id = IdOf(key, attempt, replica);
    spec.set_version(1);
    spec.set_project(key.project);
    spec.set_job_id(key.job_id);
    spec.set_attempt(attempt.number());
    spec.set_role(replica.role());
    spec.set_index(replica.index());
    spec.set_task_name(replica.role() + "-replica-" + std::to_string(replica.index()));
    spec.set_restart(replica.restart());
    spec.set_launch_token(attempt.launch_token());
    spec.set_boot_id(attempt.boot_id());
    spec.set_replica_dir(ReplicaDir(options_.jobs_dir, id));
    gang.push_back(std::move(spec));
  }
  return executor_.Launch(gang);
}

}  // namespace mlengine::scheduler
