// Spending: the money that the jobs of a project have used, in all and in a month. Ended jobs are
// added up once and remembered, so that a long history costs nothing after the first question.
// Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <unordered_set>

#include "base/clock.h"
#include "policy/job_spending.h"
#include "policy/price_book.h"
#include "store/job_store.h"

namespace mlengine::quotas {

class Spending {
 public:
  // Both outlive the object.
  Spending(store::JobStore& store, const policy::PriceBook& prices);
  ~Spending();
  Spending(const Spending&) = delete;
  Spending& operator=(const Spending&) = delete;

  // Hundredths of one currency, by the jobs' replicas until `now`. `all` is for ever, `month` since
  // the month of `now` began; UTC.
  struct Sum {
    std::int64_t all = 0;
    std::int64_t month = 0;
  };
  // An error is the store's. Half a second old at most.
  Result<Sum> Of(const std::string& project, const std::string& currency, Time now);

 private:
  // By currency, then the beginning of the month.
  using Months = std::map<std::string, std::map<Time, std::int64_t>>;
  struct Project {
    Months ended;
    std::unordered_set<std::int64_t> counted;        // sequences of ended jobs
    std::map<store::JobKey, store::StoredJob> live;  // they have an attempt and have not ended
    Months sums;                                     // ended and live, as they were then
    Time summed_at;
    bool is_summed = false;
  };

  void NoteChange(const store::JobKey& key);
  Result<Project*> Refreshed(const std::string& project, Time now);
  Status Load(const std::string& name, Project& project, Time now);
  void Take(store::StoredJob job, Project& project, Time now);
  void AddUp(Project& project, Time now) const;

  store::JobStore& store_;
  const policy::PriceBook& prices_;

  std::mutex mutex_;
  std::map<std::string, Project> projects_;  // guarded by mutex_; those asked for

  std::mutex dirty_mutex_;  // taken after mutex_; the store's writer takes it alone
  std::map<std::string, std::set<store::JobKey>> dirty_;  // guarded by dirty_mutex_
  std::int64_t subscription_ = 0;
};

}  // namespace mlengine::quotas
