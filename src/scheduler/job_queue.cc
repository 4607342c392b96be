#include "scheduler/job_queue.h"

#include <utility>

namespace mlengine::scheduler {

void JobQueue::Add(Rank rank, WaitingJob job) {
  accounts_of_[rank] = job.demand.account;
  Ranked& of_account = by_account_[job.demand.account];
  of_account.insert_or_assign(rank, std::move(job));
}

void JobQueue::Remove(Rank rank) {
  const auto account = accounts_of_.find(rank);
  if (account == accounts_of_.end()) return;
  const auto jobs = by_account_.find(account->second);
  jobs->second.erase(rank);
  if (jobs->second.empty()) by_account_.erase(jobs);
  accounts_of_.erase(account);
}

std::vector<const WaitingJob*> JobQueue::OfEachAccount() const {
  std::vector<const WaitingJob*> jobs;
  for (const auto& [account, ranked] : by_account_) jobs.push_back(&ranked.begin()->second);
  return jobs;
}

QueueWalk::QueueWalk(const JobQueue& queue) {
  for (const auto& [account, jobs] : queue.by_account_) places_.push({jobs.begin(), jobs.end()});
}

const WaitingJob* QueueWalk::Next() {
  if (last_) {
    if (++last_->next != last_->end) places_.push(*last_);
    last_.reset();
  }
  if (places_.empty()) return nullptr;
  last_ = places_.top();
  places_.pop();
  return &last_->next->second;
}

void QueueWalk::LeaveAccount() {
  last_.reset();
}

}  // namespace mlengine::scheduler
