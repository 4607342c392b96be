#include "engine_api/queue_view.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "policy/cluster.h"
#include "policy/job_work.h"
#include "policy/quota_waiting.h"

namespace mlengine::engine_api {
namespace {

using ml::v1::Job;

// That tell how long a job takes.
constexpr int kPastJobs = 20;

policy::PoolJob PoolJobOf(const store::StoredJob& stored) {
  const Job& job = stored.record.job();
  const ml::v1::Scheduling& limits = job.training_input().scheduling();
  policy::PoolJob out;
  out.name = job.job_id();
  out.replicas = policy::ReplicaCount(policy::WorkOf(stored.record));
  for (const policy::ReplicaGroup& group : policy::ClusterOf(policy::WorkOf(stored.record))) {
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

std::pair<int, std::int64_t> RankOf(const QueueView::Entry& entry) {
  return {-entry.needs.priority, entry.needs.sequence};
}

const ml::v1::TrainingInput& InputOf(const QueueView::Entry& entry) {
  return policy::WorkOf(entry.stored.record);
}

}  // namespace

Result<QueueView> QueueView::Take(const QueueDeps& deps) {
  QueueView view(deps);
  MLENGINE_ASSIGN_OR_RETURN(std::vector<store::StoredJob> unfinished, deps.store->ListUnfinished());
  for (store::StoredJob& stored : unfinished) {
    policy::PoolJob needs = PoolJobOf(stored);
    std::vector<Entry>& list = needs.holds_room ? view.holders_ : view.queue_;
    list.push_back({std::move(stored), std::move(needs)});
  }
  std::ranges::sort(view.queue_, {}, RankOf);
  return view;
}

std::optional<std::size_t> QueueView::PlaceOf(const store::StoredJob& job) const {
  const auto found = std::ranges::find(queue_, job.sequence,
                                       [](const Entry& entry) { return entry.needs.sequence; });
  if (found == queue_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - queue_.begin());
}

Result<std::vector<policy::Reason>> QueueView::Why(std::size_t place) {
  if (deps_.nothing_starts) {
    if (std::optional<policy::Reason> why = deps_.nothing_starts()) return std::vector{*why};
  }
  const Entry& job = queue_[place];
  MLENGINE_ASSIGN_OR_RETURN(const policy::PastJobs past, PastOf(job.stored.record.project()));
  std::vector<policy::PoolJob> others;
  const auto add = [&](const Entry& other) {
    others.push_back(other.needs);
    const std::string& project = other.stored.record.project();
    if (project != job.stored.record.project())
      others.back().name = project + "/" + others.back().name;
  };
  std::ranges::for_each(holders_, add);
  // Those behind it in the queue have nothing to do with it.
  for (std::size_t i = 0; i < place; ++i) add(queue_[i]);
  std::vector<policy::Reason> out = policy::WhyWaiting(job.needs, others, deps_.pool, past, now_);
  if (deps_.held_gpus && job.needs.gpus > 0) {
    for (std::string& sentence : deps_.held_gpus()) out.push_back({std::move(sentence)});
  }
  if (deps_.allowance == nullptr) return out;
  std::vector<policy::Reason> quota = QuotaReasons(place);
  if (!quota.empty()) out = std::move(quota);  // else it would wait for room or its turn
  return out;
}

bool QueueView::SharesQuota(const Entry& entry, const Entry& with) const {
  return entry.stored.record.project() == with.stored.record.project() &&
         InputOf(entry).region() == InputOf(with).region();
}

// What its project's quotas have to do with it.
std::vector<policy::Reason> QueueView::QuotaReasons(std::size_t place) const {
  const Entry& job = queue_[place];
  const std::string& project = job.stored.record.project();
  const std::string& region = InputOf(job).region();
  std::vector<policy::QuotaHolder> holders;
  for (const Entry& holder : holders_) {
    if (SharesQuota(holder, job))
      holders.push_back({holder.needs.name, policy::AmountsOf(InputOf(holder))});
  }
  const policy::QuotaLimits limits = deps_.allowance->LimitsNow(project, region);
  std::vector<policy::Reason> out =
      policy::WhyQuotaWaits(policy::AmountsOf(InputOf(job)), limits, holders, project, region);
  if (const std::string before = HeldBackBy(place, limits); !before.empty()) {
    out.push_back({"It goes after " + before + ", which waits for the quota of project " + project +
                       " in " + region + ": there jobs keep their order.",
                   "QUOTA_ORDER",
                   {{"job", before}, {"project", project}, {"region", region}}});
  }
  for (const policy::BudgetState& state : deps_.allowance->ProjectBudgets(project, now_)) {
    if (state.IsSpent()) out.push_back(policy::WhySpentWaits(state));
  }
  return out;
}

// The first job before it of the same project and region that the quota has no room for, when what
// such jobs wait for leaves this one none; "".
std::string QueueView::HeldBackBy(std::size_t place, const policy::QuotaLimits& limits) const {
  const Entry& job = queue_[place];
  const policy::QuotaAmounts own = policy::AmountsOf(InputOf(job));
  // Taken together, so that a long queue is gone through once.
  std::vector<policy::QuotaHolder> taken = {{"", policy::QuotaAmounts(own.size(), 0)}};
  const auto take = [&taken](const policy::QuotaAmounts& amounts) {
    for (std::size_t i = 0; i < amounts.size(); ++i) taken[0].amounts[i] += amounts[i];
  };
  for (const Entry& holder : holders_) {
    if (SharesQuota(holder, job)) take(policy::AmountsOf(InputOf(holder)));
  }
  std::string first;
  for (std::size_t i = 0; i < place; ++i) {
    if (!SharesQuota(queue_[i], job)) continue;
    const policy::QuotaAmounts amounts = policy::AmountsOf(InputOf(queue_[i]));
    if (policy::QuotaHasRoom(amounts, limits, taken)) continue;
    if (first.empty()) first = queue_[i].needs.name;
    take(amounts);
  }
  return policy::QuotaHasRoom(own, limits, taken) ? "" : first;
}

// The middle length of the newest jobs of the project that succeeded.
Result<policy::PastJobs> QueueView::PastOf(const std::string& project) {
  if (const auto known = past_.find(project); known != past_.end()) return known->second;
  MLENGINE_ASSIGN_OR_RETURN(const store::ListJobsPage page,
                            deps_.store->List({.project = project,
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
  policy::PastJobs& past = past_[project];
  if (lengths.empty()) return past;
  std::ranges::sort(lengths);
  past.count = static_cast<int>(lengths.size());
  // Times are whole seconds: the shortest of jobs took some time all the same.
  past.typical_length = std::max<Nanoseconds>(lengths[lengths.size() / 2], std::chrono::seconds(1));
  return past;
}

}  // namespace mlengine::engine_api
