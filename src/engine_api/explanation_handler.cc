#include "engine_api/explanation_handler.h"

#include <boost/json.hpp>

#include "engine_api/answer.h"
#include "policy/cluster.h"
#include "policy/quota_waiting.h"
#include "policy/waiting.h"

namespace mlengine::engine_api {
namespace json = boost::json;

namespace {

using ml::v1::Job;
using runner::v1::StatusRecord;

policy::PoolJob PoolJobOf(const store::StoredJob& stored) {
  const Job& job = stored.record.job();
  const ml::v1::Scheduling& limits = job.training_input().scheduling();
  policy::PoolJob out;
  out.name = job.job_id();
  out.replicas = policy::ReplicaCount(job.training_input());
  out.priority = limits.priority();
  out.sequence = stored.sequence;
  out.holds_room = stored.record.attempts_size() > 0;
  if (out.holds_room && job.has_start_time() && limits.max_running_time().seconds() > 0) {
    out.ends_by = Time(
        std::chrono::seconds(job.start_time().seconds() + limits.max_running_time().seconds()));
  }
  return out;
}

// What its project's quotas have to do with it.
std::vector<std::string> QuotaSentences(const store::JobRecord& record,
                                        const std::vector<store::StoredJob>& unfinished,
                                        quotas::Allowance& allowance, Time now) {
  const std::string& region = record.job().training_input().region();
  std::vector<policy::QuotaHolder> holders;
  for (const store::StoredJob& other : unfinished) {
    const ml::v1::TrainingInput& input = other.record.job().training_input();
    if (other.record.project() == record.project() && input.region() == region &&
        other.record.attempts_size() > 0)
      holders.push_back({other.record.job().job_id(), policy::AmountsOf(input)});
  }
  std::vector<std::string> out = policy::WhyQuotaWaits(
      policy::AmountsOf(record.job().training_input()),
      allowance.LimitsNow(record.project(), region), holders, record.project(), region);
  for (const policy::BudgetState& state : allowance.ProjectBudgets(record.project(), now)) {
    if (state.IsSpent())
      out.push_back(policy::SpentText(state) + " It waits." + policy::SpentAdvice(state) + ".");
  }
  return out;
}

Result<std::vector<std::string>> WhyQueued(store::JobStore& store, const store::StoredJob& job,
                                           int slots, quotas::Allowance* allowance, Time now) {
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<store::StoredJob> unfinished, store.ListUnfinished());
  std::vector<policy::PoolJob> others;
  for (const store::StoredJob& other : unfinished) {
    if (other.sequence == job.sequence) continue;
    others.push_back(PoolJobOf(other));
    if (other.record.project() != job.record.project())
      others.back().name = other.record.project() + "/" + others.back().name;
  }
  std::vector<std::string> out = policy::WhyWaiting(PoolJobOf(job), others, slots);
  if (allowance == nullptr) return out;
  std::vector<std::string> quota = QuotaSentences(job.record, unfinished, *allowance, now);
  if (!quota.empty()) out = std::move(quota);  // else it would wait for room or its turn
  return out;
}

// "worker-replica-2 is at STAGING." for each replica that is not where the others are going.
void TellReplicas(const store::JobRecord& record, StatusRecord::Step done, const char* verb,
                  std::vector<std::string>& out) {
  const auto& replicas = record.attempts(record.attempts_size() - 1).replicas();
  int there = 0;
  std::string behind;
  for (const auto& replica : replicas) {
    if (replica.status().step() >= done || replica.runner_lost()) {
      ++there;
      continue;
    }
    const std::string step =
        replica.has_status() ? StatusRecord::Step_Name(replica.status().step()) : "WAITING";
    behind += (behind.empty() ? "" : ", ") + replica.role() + "-replica-" +
              std::to_string(replica.index()) + " is " + step;
  }
  out.push_back(std::to_string(there) + " of its " + std::to_string(replicas.size()) +
                " replicas " + verb + (behind.empty() ? "." : "; " + behind + "."));
}

Result<std::vector<std::string>> Explain(store::JobStore& store, const store::StoredJob& stored,
                                         int slots, quotas::Allowance* allowance, Time now) {
  const store::JobRecord& record = stored.record;
  std::vector<std::string> out;
  switch (record.job().state()) {
    case Job::QUEUED:
      return WhyQueued(store, stored, slots, allowance, now);
    case Job::PREPARING:
      out.push_back("It has its room and is being started, attempt " +
                    std::to_string(record.attempts_size()) + ".");
      TellReplicas(record, StatusRecord::RUNNING, "run", out);
      break;
    case Job::RUNNING:
      out.push_back("It runs, attempt " + std::to_string(record.attempts_size()) + ".");
      TellReplicas(record, StatusRecord::RUNNING, "run or have ended", out);
      break;
    case Job::CANCELLING:
      out.push_back(record.cancel_reason().empty() ? "It is being stopped, as was asked."
                                                   : record.cancel_reason());
      TellReplicas(record, StatusRecord::EXITED, "have ended", out);
      break;
    default:
      out.push_back(record.job().error_message().empty()
                        ? "It has ended: " + Job::State_Name(record.job().state()) + "."
                        : record.job().error_message());
  }
  return out;
}

}  // namespace

void RegisterExplanations(net::Router& router, store::JobStore& store, int slots,
                          quotas::Allowance* allowance, const Clock& clock) {
  router.Handle("GET", "/mlengine/v1/projects/{project}/jobs/{job}/explanation",
                [&store, slots, allowance, &clock](net::Request& request) {
                  const Result<store::StoredJob> job =
                      store.Get({request.path_values[0], request.path_values[1]});
                  if (!job.ok()) return ErrorAnswer(job.status());
                  const auto sentences = Explain(store, *job, slots, allowance, clock.Now());
                  if (!sentences.ok()) return ErrorAnswer(sentences.status());
                  return JsonAnswer(json::serialize(
                      json::object{{"state", Job::State_Name(job->record.job().state())},
                                   {"sentences", json::value_from(*sentences)}}));
                });
}

}  // namespace mlengine::engine_api
