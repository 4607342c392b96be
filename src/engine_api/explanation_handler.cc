#include "engine_api/explanation_handler.h"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <utility>

#include "engine_api/answer.h"
#include "engine_api/log_evidence.h"
#include "policy/cluster.h"
#include "policy/quota_waiting.h"

namespace mlengine::engine_api {
namespace json = boost::json;

namespace {

using ml::v1::Job;
using runner::v1::StatusRecord;

// That tell how long a job takes.
constexpr int kPastJobs = 20;

policy::PoolJob PoolJobOf(const store::StoredJob& stored) {
  const Job& job = stored.record.job();
  const ml::v1::Scheduling& limits = job.training_input().scheduling();
  policy::PoolJob out;
  out.name = job.job_id();
  out.replicas = policy::ReplicaCount(job.training_input());
  for (const policy::ReplicaGroup& group : policy::ClusterOf(job.training_input())) {
    out.gpus += group.count * policy::GpusOf(group.machine);
    out.tpus += group.count * policy::TpusOf(group.machine);
  }
  out.priority = limits.priority();
  out.sequence = stored.sequence;
  out.holds_room = stored.record.attempts_size() > 0;
  if (out.holds_room && job.has_start_time())
    out.started = Time(std::chrono::seconds(job.start_time().seconds()));
  if (limits.max_running_time().seconds() > 0)
    out.limit = std::chrono::seconds(limits.max_running_time().seconds());
  return out;
}

// The first job before it of the same project and region that the quota has no room for, when what
// such jobs wait for leaves this one none; "".
std::string HeldBackBy(const store::StoredJob& job, std::vector<const store::StoredJob*> rivals,
                       const policy::QuotaLimits& limits,
                       const std::vector<policy::QuotaHolder>& holders) {
  const auto rank = [](const store::StoredJob* one) {
    const auto& scheduling = one->record.job().training_input().scheduling();
    return std::pair(-scheduling.priority(), one->sequence);
  };
  const policy::QuotaAmounts own = policy::AmountsOf(job.record.job().training_input());
  // Taken together, so that a long queue is gone through once.
  std::vector<policy::QuotaHolder> taken = {{"", policy::QuotaAmounts(own.size(), 0)}};
  const auto take = [&taken](const policy::QuotaAmounts& amounts) {
    for (std::size_t i = 0; i < amounts.size(); ++i) taken[0].amounts[i] += amounts[i];
  };
  for (const policy::QuotaHolder& holder : holders) take(holder.amounts);
  std::ranges::sort(rivals, {}, rank);
  std::string first;
  for (const store::StoredJob* rival : rivals) {
    if (rank(rival) >= rank(&job)) break;
    const policy::QuotaAmounts amounts = policy::AmountsOf(rival->record.job().training_input());
    if (rival->record.attempts_size() > 0 || policy::QuotaHasRoom(amounts, limits, taken)) continue;
    if (first.empty()) first = rival->record.job().job_id();
    take(amounts);
  }
  return policy::QuotaHasRoom(own, limits, taken) ? "" : first;
}

// What its project's quotas have to do with it.
std::vector<std::string> QuotaSentences(const store::StoredJob& job,
                                        const std::vector<store::StoredJob>& unfinished,
                                        quotas::Allowance& allowance, Time now) {
  const store::JobRecord& record = job.record;
  const std::string& region = record.job().training_input().region();
  std::vector<const store::StoredJob*> rivals;
  std::vector<policy::QuotaHolder> holders;
  for (const store::StoredJob& other : unfinished) {
    const ml::v1::TrainingInput& input = other.record.job().training_input();
    if (other.record.project() != record.project() || input.region() != region) continue;
    rivals.push_back(&other);
    if (other.record.attempts_size() > 0)
      holders.push_back({other.record.job().job_id(), policy::AmountsOf(input)});
  }
  const policy::QuotaLimits limits = allowance.LimitsNow(record.project(), region);
  std::vector<std::string> out = policy::WhyQuotaWaits(
      policy::AmountsOf(record.job().training_input()), limits, holders, record.project(), region);
  if (const std::string before = HeldBackBy(job, rivals, limits, holders); !before.empty()) {
    out.push_back("It goes after " + before + ", which waits for the quota of project " +
                  record.project() + " in " + region + ": there jobs keep their order.");
  }
  for (const policy::BudgetState& state : allowance.ProjectBudgets(record.project(), now)) {
    if (state.IsSpent())
      out.push_back(policy::SpentText(state) + " It waits." + policy::SpentAdvice(state) + ".");
  }
  return out;
}

// The middle length of the newest jobs of the project that succeeded.
Result<policy::PastJobs> PastOf(store::JobStore& store, const std::string& project) {
  MLENGINE_ASSIGN_OR_RETURN(const store::ListJobsPage page,
                            store.List({.project = project,
                                        .filter =
                                            [](const store::JobRecord& record) {
                                              return record.job().state() == Job::SUCCEEDED;
                                            },
                                        .page_size = kPastJobs}));
  std::vector<Nanoseconds> lengths;
  for (const store::StoredJob& stored : page.jobs) {
    const Job& job = stored.record.job();
    lengths.push_back(std::chrono::seconds(job.end_time().seconds() - job.start_time().seconds()));
  }
  if (lengths.empty()) return policy::PastJobs{};
  std::ranges::sort(lengths);
  // Times are whole seconds: the shortest of jobs took some time all the same.
  return policy::PastJobs{
      static_cast<int>(lengths.size()),
      std::max<Nanoseconds>(lengths[lengths.size() / 2], std::chrono::seconds(1))};
}

Result<std::vector<std::string>> WhyQueued(const ExplanationDeps& deps,
                                           const store::StoredJob& job) {
  if (deps.nothing_starts) {
    if (std::string why = deps.nothing_starts(); !why.empty()) return std::vector{std::move(why)};
  }
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<store::StoredJob> unfinished,
                            deps.store->ListUnfinished());
  MLENGINE_ASSIGN_OR_RETURN(const policy::PastJobs past, PastOf(*deps.store, job.record.project()));
  std::vector<policy::PoolJob> others;
  for (const store::StoredJob& other : unfinished) {
    if (other.sequence == job.sequence) continue;
    others.push_back(PoolJobOf(other));
    if (other.record.project() != job.record.project())
      others.back().name = other.record.project() + "/" + others.back().name;
  }
  const Time now = deps.clock->Now();
  std::vector<std::string> out = policy::WhyWaiting(PoolJobOf(job), others, deps.pool, past, now);
  if (deps.held_gpus && PoolJobOf(job).gpus > 0) {
    for (std::string& sentence : deps.held_gpus()) out.push_back(std::move(sentence));
  }
  if (deps.allowance == nullptr) return out;
  std::vector<std::string> quota = QuotaSentences(job, unfinished, *deps.allowance, now);
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

Result<std::vector<std::string>> Explain(const ExplanationDeps& deps,
                                         const store::StoredJob& stored) {
  const store::JobRecord& record = stored.record;
  std::vector<std::string> out;
  switch (record.job().state()) {
    case Job::QUEUED:
      return WhyQueued(deps, stored);
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

std::string MomentOf(const google::protobuf::Timestamp& time) {
  return FormatTimeNanos(FromUnixNanos(time.seconds() * 1'000'000'000 + time.nanos()));
}

json::object CauseJson(const engine::v1::FailureCause& cause) {
  json::array followers;
  for (const auto& one : cause.followers()) {
    json::object follower{{"replica", one.role() + " " + std::to_string(one.index())},
                          {"sentence", one.sentence()}};
    if (one.has_time()) follower["time"] = MomentOf(one.time());
    followers.push_back(std::move(follower));
  }
  json::array evidence;
  for (const std::string& line : cause.evidence()) evidence.emplace_back(line);
  json::object out{{"kind", cause.kind()},
                   {"replica", cause.role() + " " + std::to_string(cause.index())},
                   {"restart", cause.restart()},
                   {"sentence", cause.sentence()},
                   {"advice", cause.advice()},
                   {"evidence", std::move(evidence)},
                   {"followers", std::move(followers)}};
  if (cause.has_time()) out["time"] = MomentOf(cause.time());
  return out;
}

json::object CauseOf(const ExplanationDeps& deps, const store::JobRecord& record) {
  json::object out = CauseJson(record.cause());
  if (deps.logs == nullptr) return out;
  const std::string id =
      EvidenceId(*deps.logs, {record.project(), record.job().job_id()}, record.cause());
  if (!id.empty()) out["insertId"] = id;
  return out;
}

}  // namespace

void RegisterExplanations(net::Router& router, const ExplanationDeps& deps) {
  router.Handle("GET", "/mlengine/v1/projects/{project}/jobs/{job}/explanation",
                [deps](net::Request& request) {
                  const Result<store::StoredJob> job =
                      deps.store->Get({request.path_values[0], request.path_values[1]});
                  if (!job.ok()) return ErrorAnswer(job.status());
                  const auto sentences = Explain(deps, *job);
                  if (!sentences.ok()) return ErrorAnswer(sentences.status());
                  json::object answer{{"state", Job::State_Name(job->record.job().state())},
                                      {"sentences", json::value_from(*sentences)}};
                  if (job->record.has_cause()) answer["cause"] = CauseOf(deps, job->record);
                  return JsonAnswer(json::serialize(answer));
                });
}

}  // namespace mlengine::engine_api
