#include "quotas/spending.h"

#include <utility>

#include "model/job_state.h"

namespace mlengine::quotas {
namespace {

constexpr int kPage = 500;
// Money runs slowly; the running jobs of a large project need not be counted for each of them.
constexpr std::chrono::milliseconds kFresh{500};

}  // namespace

Spending::Spending(store::JobStore& store, const policy::PriceBook& prices)
    : store_(store), prices_(prices) {
  subscription_ = store_.Subscribe([this](const store::JobKey& key) { NoteChange(key); });
}

Spending::~Spending() {
  store_.Unsubscribe(subscription_);
}

void Spending::NoteChange(const store::JobKey& key) {
  const std::lock_guard lock(dirty_mutex_);
  // Nobody has asked for the others; when somebody does, all their jobs are read.
  if (const auto found = dirty_.find(key.project); found != dirty_.end()) found->second.insert(key);
}

Result<Spending::Sum> Spending::Of(const std::string& project, const std::string& currency,
                                   Time now) {
  const std::lock_guard lock(mutex_);
  MLENGINE_ASSIGN_OR_RETURN(Project * found, Refreshed(project, now));
  Sum sum;
  const auto months = found->sums.find(currency);
  if (months == found->sums.end()) return sum;
  const Time month = policy::MonthOf(now);
  for (const auto& [beginning, money] : months->second) {
    sum.all += money;
    if (beginning == month) sum.month += money;
  }
  return sum;
}

Result<Spending::Project*> Spending::Refreshed(const std::string& name, Time now) {
  std::set<store::JobKey> changed;
  bool is_new = false;
  {
    const std::lock_guard lock(dirty_mutex_);
    const auto [entry, inserted] = dirty_.try_emplace(name);
    is_new = inserted;
    changed.swap(entry->second);
  }
  Project& project = projects_[name];
  const auto again = [&](const Status& status) {
    const std::lock_guard lock(dirty_mutex_);
    if (is_new) {
      dirty_.erase(name);
      projects_.erase(name);
    } else {
      dirty_[name].merge(changed);
    }
    return status;
  };
  if (is_new) {
    if (const Status loaded = Load(name, project, now); !loaded.ok()) return again(loaded);
  }
  for (const store::JobKey& key : changed) {
    Result<store::StoredJob> job = store_.Get(key);
    if (!job.ok()) return again(job.status());
    Take(*std::move(job), project, now);
  }
  const bool is_fresh = project.is_summed && changed.empty() && now >= project.summed_at &&
                        now - project.summed_at < kFresh;
  if (!is_fresh) AddUp(project, now);
  return &project;
}

Status Spending::Load(const std::string& name, Project& project, Time now) {
  store::ListJobsQuery query;
  query.project = name;
  query.page_size = kPage;
  do {
    MLENGINE_ASSIGN_OR_RETURN(store::ListJobsPage page, store_.List(query));
    for (store::StoredJob& job : page.jobs) Take(std::move(job), project, now);
    query.page_token = page.next_page_token;
  } while (!query.page_token.empty());
  return OkStatus();
}

void Spending::Take(store::StoredJob job, Project& project, Time now) {
  const store::JobKey key{job.record.project(), job.record.job().job_id()};
  if (!model::IsFinal(job.record.job().state())) {
    if (job.record.attempts_size() > 0) project.live.insert_or_assign(key, std::move(job));
    return;
  }
  project.live.erase(key);
  // An ended job changes only by its labels.
  if (!project.counted.insert(job.sequence).second) return;
  const auto spending = policy::JobSpending::Of(prices_, job.record, now);
  if (!spending.ok()) return;
  for (const auto& [month, spent] : spending->ByMonth())
    project.ended[spending->currency()][month] += spent.money;
}

void Spending::AddUp(Project& project, Time now) const {
  project.sums = project.ended;
  for (const auto& [key, job] : project.live) {
    const auto spending = policy::JobSpending::Of(prices_, job.record, now);
    if (!spending.ok()) continue;
    for (const auto& [month, spent] : spending->ByMonth())
      project.sums[spending->currency()][month] += spent.money;
  }
  project.summed_at = now;
  project.is_summed = true;
}

}  // namespace mlengine::quotas
