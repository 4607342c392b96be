#include "scheduler/unfinished_jobs.h"

#include <utility>

#include "base/log.h"
#include "model/job_state.h"
#include "scheduler/job_step.h"

namespace mlengine::scheduler {

using store::JobKey;
using store::StoredJob;

namespace {

JobKey KeyOf(const StoredJob& job) {
  return {job.record.project(), job.record.job().job_id()};
}

}  // namespace

UnfinishedJobs::UnfinishedJobs(store::JobStore& store, std::function<void()> on_change)
    : store_(store) {
  subscription_ = store_.Subscribe([this, on_change = std::move(on_change)](const JobKey& key) {
    {
      const std::lock_guard lock(mutex_);
      dirty_.insert(key);
    }
    on_change();
  });
}

UnfinishedJobs::~UnfinishedJobs() {
  store_.Unsubscribe(subscription_);
}

std::vector<JobKey> UnfinishedJobs::Refresh() {
  std::set<JobKey> dirty;
  bool resync = false;
  {
    const std::lock_guard lock(mutex_);
    dirty.swap(dirty_);
    resync = std::exchange(resync_, false);
  }
  bool missed = false;
  if (resync) {
    Result<std::vector<StoredJob>> all = store_.ListUnfinished();
    if (all.ok()) {
      for (StoredJob& job : *all) Put(std::move(job));
    } else {
      Log(LogLevel::kError, "cannot read the job store", {{"status", all.status().ToString()}});
      missed = true;
    }
  }
  std::vector<JobKey> ended;
  for (const JobKey& key : dirty) {
    Result<StoredJob> job = store_.Get(key);
    if (!job.ok()) {
      if (job.status().code() == StatusCode::kNotFound) continue;
      Log(LogLevel::kError, "cannot read a job",
          {{"job", key.job_id}, {"status", job.status().ToString()}});
      missed = true;
    } else if (model::IsFinal(job->record.job().state())) {
      Remove(key);
      ended.push_back(key);
    } else {
      Put(*std::move(job));
    }
  }
  if (missed) {
    const std::lock_guard lock(mutex_);
    resync_ = true;
  }
  return ended;
}

Rank UnfinishedJobs::RankOf(const StoredJob& job) {
  return {-job.record.job().training_input().scheduling().priority(), job.sequence};
}

void UnfinishedJobs::Put(StoredJob job) {
  const JobKey key = KeyOf(job);
  Remove(key);
  const Rank rank = RankOf(job);
  const store::JobRecord& record = job.record;
  if (record.attempts_size() > 0) {
    started_[rank] = key;
  } else {
    const bool cancelled = record.has_cancel_request_time();
    const bool limited = record.job().training_input().scheduling().max_wait_time().seconds() > 0;
    if (!cancelled) waiting_.Add(rank, {key, DemandOf(record)});
    if (record.service_entries() == 0) {
      fresh_[rank] = key;
    } else if (cancelled || limited) {
      due_[rank] = key;
    }
  }
  jobs_[key] = std::move(job);
}

void UnfinishedJobs::Remove(const JobKey& key) {
  const auto found = jobs_.find(key);
  if (found == jobs_.end()) return;
  const Rank rank = RankOf(found->second);
  for (Ranked* ranked : {&started_, &fresh_, &due_}) ranked->erase(rank);
  waiting_.Remove(rank);
  jobs_.erase(found);
}

}  // namespace mlengine::scheduler
