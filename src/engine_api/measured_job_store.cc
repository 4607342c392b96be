#include "engine_api/measured_job_store.h"

#include <chrono>
#include <set>
#include <string>
#include <utility>

#include "engine_api/job_phases.h"

namespace mlengine::engine_api {
namespace {

using engine::v1::AttemptRecord;
using ml::v1::Job;
using store::JobRecord;
using store::StoredJob;

// The store's own failures; NOT_FOUND and what a change refuses are answers.
bool IsFailure(const Status& status) {
  switch (status.code()) {
    case StatusCode::kInternal:
    case StatusCode::kUnavailable:
    case StatusCode::kResourceExhausted:
    case StatusCode::kDataLoss:
      return true;
    default:
      return false;
  }
}

class Measured final : public store::JobStore {
 public:
  Measured(std::unique_ptr<store::JobStore> store, telemetry::Metrics& metrics)
      : store_(std::move(store)), metrics_(metrics) {
    // From 0, so that a first failure is a rise.
    for (int state = Job::State_MIN + 1; state <= Job::State_MAX; ++state)
      CountState(static_cast<Job::State>(state), 0);
    for (int outcome = AttemptRecord::Outcome_MIN + 1; outcome <= AttemptRecord::Outcome_MAX;
         ++outcome)
      CountAttempt(static_cast<AttemptRecord::Outcome>(outcome), 0);
    for (const char* operation :
         {"create", "get", "list", "update", "list_unfinished", "list_after"})
      CountError(operation, 0);
  }

  Result<StoredJob> Create(JobRecord record) override {
    const std::int64_t create_time = record.create_time_ns();
    auto created = Timed("create", [&] { return store_->Create(std::move(record)); });
    // A repeated call answers the first one's record.
    if (created.ok() && created->record.create_time_ns() == create_time)
      CountState(created->record.job().state(), 1);
    return created;
  }
  Result<StoredJob> Get(const store::JobKey& key) override {
    return Timed("get", [&] { return store_->Get(key); });
  }
  Result<store::ListJobsPage> List(const store::ListJobsQuery& query) override {
    return Timed("list", [&] { return store_->List(query); });
  }
  Result<StoredJob> Update(const store::JobKey& key,
                           const std::function<Status(JobRecord&)>& change) override {
    JobRecord before;
    auto updated = Timed("update", [&] {
      return store_->Update(key, [&](JobRecord& record) {
        before = record;
        return change(record);
      });
    });
    if (updated.ok()) Compare(before, updated->record);
    return updated;
  }
  Result<std::vector<StoredJob>> ListUnfinished() override {
    return Timed("list_unfinished", [&] { return store_->ListUnfinished(); });
  }
  Result<std::vector<StoredJob>> ListAfter(std::int64_t sequence, int limit) override {
    return Timed("list_after", [&] { return store_->ListAfter(sequence, limit); });
  }
  Result<std::vector<std::pair<int, std::int64_t>>> CountByState() override {
    return store_->CountByState();
  }
  std::int64_t Subscribe(std::function<void(const store::JobKey&)> listener) override {
    return store_->Subscribe(std::move(listener));
  }
  void Unsubscribe(std::int64_t id) override { store_->Unsubscribe(id); }

 private:
  template <typename Call>
  auto Timed(const char* operation, const Call& call) -> decltype(call()) {
    const auto begin = std::chrono::steady_clock::now();
    auto answer = call();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    metrics_.ObserveSeconds("mlengine_store_seconds", "Time of each call of the job store.",
                            {{"operation", operation}}, took.count());
    if (!answer.ok() && IsFailure(answer.status())) CountError(operation, 1);
    return answer;
  }

  void CountState(Job::State state, int count) {
    metrics_.Add("mlengine_job_state_changes_total", "Jobs that came into a state.",
                 {{"state", Job::State_Name(state)}}, count);
  }
  void CountAttempt(AttemptRecord::Outcome outcome, int count) {
    metrics_.Add("mlengine_attempts_total", "Attempts that ended.",
                 {{"outcome", AttemptRecord::Outcome_Name(outcome)}}, count);
  }
  void CountError(const char* operation, int count) {
    metrics_.Add("mlengine_store_errors_total", "Calls of the job store that failed.",
                 {{"operation", operation}}, count);
  }

  void Compare(const JobRecord& before, const JobRecord& after) {
    if (before.job().state() != after.job().state()) CountState(after.job().state(), 1);
    ComparePhases(before, after);
    for (int i = 0; i < after.attempts_size(); ++i) {
      const AttemptRecord::Outcome outcome = after.attempts(i).outcome();
      const bool ended_before = i < before.attempts_size() &&
                                before.attempts(i).outcome() != AttemptRecord::OUTCOME_UNSPECIFIED;
      if (outcome == AttemptRecord::OUTCOME_UNSPECIFIED || ended_before) continue;
      CountAttempt(outcome, 1);
    }
  }

  // A phase is new when the record of before did not have it in that attempt and restart.
  void ComparePhases(const JobRecord& before, const JobRecord& after) {
    std::set<std::string> known;
    if (ExecutionOf(before) == ExecutionOf(after)) {
      const std::vector<JobPhase> phases = PhasesOf(before);
      for (const JobPhase& phase : phases) known.insert(phase.name);
    } else if (before.attempts_size() == after.attempts_size()) {
      // Another restart of the same attempt did not wait in the queue again.
      known = {"queued", "launch"};
    }
    const std::vector<JobPhase> phases = PhasesOf(after);
    for (const JobPhase& phase : phases) {
      if (known.contains(phase.name)) continue;
      metrics_.ObserveSeconds("mlengine_job_phase_seconds",
                              "Time of each phase of a start, of the first replica.",
                              {{"phase", phase.name}}, phase.milliseconds / 1e3);
    }
  }

  static std::pair<int, int> ExecutionOf(const JobRecord& record) {
    if (record.attempts_size() == 0) return {0, 0};
    const AttemptRecord& attempt = record.attempts(record.attempts_size() - 1);
    return {attempt.number(), attempt.replicas_size() == 0 ? 0 : attempt.replicas(0).restart()};
  }

  const std::unique_ptr<store::JobStore> store_;
  telemetry::Metrics& metrics_;
};

}  // namespace

std::unique_ptr<store::JobStore> MeasuredJobStore(std::unique_ptr<store::JobStore> store,
                                                  telemetry::Metrics& metrics) {
  return std::make_unique<Measured>(std::move(store), metrics);
}

}  // namespace mlengine::engine_api
