// QueueView: the jobs that have not ended as the scheduler sees them at one moment, and why those
// that wait do, in sentences. Told, not decided.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "policy/waiting.h"
#include "quotas/allowance.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

struct QueueDeps {
  store::JobStore* store = nullptr;  // outlives the view, as the others
  const Clock* clock = nullptr;
  quotas::Allowance* allowance = nullptr;  // null: there are no quotas
  policy::PoolSize pool;
  // Why GPUs of the pool cannot be leased though no job has them, a sentence each; unset: there are
  // none.
  std::function<std::vector<std::string>()> held_gpus = {};
  // Why nothing starts now (the disk is low); nothing when jobs start. Unset: they do.
  std::function<std::optional<policy::Reason>()> nothing_starts = {};
};

// For one thread.
class QueueView {
 public:
  struct Entry {
    store::StoredJob stored;
    policy::PoolJob needs;
  };

  // Reads all unfinished jobs.
  static Result<QueueView> Take(const QueueDeps& deps);

  const std::vector<Entry>& holders() const { return holders_; }  // that hold room, oldest first
  // That wait, in the order in which they may start.
  const std::vector<Entry>& queue() const { return queue_; }
  // The place in the queue; nothing when it is not there.
  std::optional<std::size_t> PlaceOf(const store::StoredJob& job) const;
  // Why the job at that place waits; never empty. Beside the codes of policy/waiting.h,
  // quota_waiting.h and budget.h: QUOTA_ORDER, and that of nothing_starts.
  Result<std::vector<policy::Reason>> Why(std::size_t place);

 private:
  explicit QueueView(const QueueDeps& deps) : deps_(deps), now_(deps.clock->Now()) {}
  std::vector<policy::Reason> QuotaReasons(std::size_t place) const;
  std::string HeldBackBy(std::size_t place, const policy::QuotaLimits& limits) const;
  Result<policy::PastJobs> PastOf(const std::string& project);
  bool SharesQuota(const Entry& entry, const Entry& with) const;

  QueueDeps deps_;
  Time now_;
  std::vector<Entry> holders_;
  std::vector<Entry> queue_;
  std::map<std::string, policy::PastJobs> past_;  // by project, as far as asked for
};

}  // namespace mlengine::engine_api
