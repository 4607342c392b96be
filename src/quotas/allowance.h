// Allowance: what the projects may use and spend, as everybody else asks for it. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "mlengine/ml/v1/job.pb.h"
#include "policy/budget.h"
#include "policy/price_book.h"
#include "policy/quota_settings.h"
#include "quotas/create_rate.h"
#include "quotas/quota_file.h"
#include "quotas/spending.h"
#include "store/job_store.h"

namespace mlengine::quotas {

class Allowance {
 public:
  // `devices`: GPUs of the pool. The others outlive the object.
  Allowance(QuotaFile& file, store::JobStore& store, const policy::PriceBook& prices,
            std::int64_t devices)
      : file_(file), prices_(prices), devices_(devices), spending_(store, prices) {}

  QuotaFile& file() const { return file_; }
  const policy::PriceBook& prices() const { return prices_; }
  std::int64_t devices() const { return devices_; }

  // The limits that are set now.
  policy::QuotaLimits LimitsNow(const std::string& project, const std::string& region) const;
  // What the jobs of policy::QuotaAccountOf(project, region) may hold now, for the planner, in the
  // order of policy::Quotas(): the limits, but no job while a budget of the project is spent.
  policy::QuotaAmounts ShareNow(const std::string& project, const std::string& region, Time now);

  // Whether a job that passed ValidateNewJob may be created, not counting the request: for plans
  // and for CheckNewJob. RESOURCE_EXHAUSTED otherwise.
  Status CheckJob(const std::string& project, const ml::v1::Job& job, Time now);
  // The same for a create request, which counts for the project's rate.
  Status CheckNewJob(const std::string& project, const ml::v1::Job& job, Time now);

  // The budgets of a project's jobs together, and what is spent of them. What cannot be read now is
  // left out: for want of an answer nothing is stopped.
  std::vector<policy::BudgetState> ProjectBudgets(const std::string& project, Time now);
  // All budgets that a job is held to, its own first.
  std::vector<policy::BudgetState> BudgetsOf(const store::JobRecord& record, Time now);

 private:
  std::vector<policy::BudgetState> ProjectBudgets(const ProjectQuotas& settings, Time now);

  QuotaFile& file_;
  const policy::PriceBook& prices_;
  const std::int64_t devices_;
  CreateRate rate_;
  Spending spending_;
};

}  // namespace mlengine::quotas
