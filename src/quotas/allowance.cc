#include "quotas/allowance.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.h"

namespace mlengine::quotas {
namespace {

using policy::Budget;
using policy::BudgetState;

// The budget of the job itself, if it has one.
std::optional<BudgetState> JobBudget(const ProjectQuotas& settings, const store::JobRecord& record,
                                     const policy::PriceBook& prices, Time now) {
  // Most jobs have none, and this is asked of each running one all the time.
  if (!policy::BudgetOfJob(settings, record.job(), "")) return std::nullopt;
  const Result<policy::JobSpending> spending = policy::JobSpending::Of(prices, record, now);
  const std::string currency = spending.ok() ? spending->currency() : prices.Default().currency;
  std::optional<Budget> budget = policy::BudgetOfJob(settings, record.job(), currency);
  BudgetState state{*std::move(budget), settings.project(), policy::MonthOf(now)};
  if (!spending.ok()) {
    state.unknown = spending.status().message();
  } else if (state.budget.currency != currency) {
    state.unknown = "Its price list counts in " + currency + ".";
  } else {
    state.spent = spending->UntilNow().money;
  }
  return state;
}

}  // namespace

policy::QuotaLimits Allowance::LimitsNow(const std::string& project,
                                         const std::string& region) const {
  return policy::LimitsOf(file_.Of(project), region, devices_);
}

policy::QuotaAmounts Allowance::ShareNow(const std::string& project, const std::string& region,
                                         Time now) {
  const ProjectQuotas settings = file_.Of(project);
  policy::QuotaAmounts most = policy::LimitsOf(settings, region, devices_).most;
  if (std::ranges::any_of(ProjectBudgets(settings, now), &BudgetState::IsSpent))
    most[policy::kJobsQuota] = 0;
  return most;
}

Status Allowance::CheckJob(const std::string& project, const ml::v1::Job& job, Time now) {
  const ml::v1::TrainingInput& input = job.training_input();
  MLENGINE_RETURN_IF_ERROR(policy::CheckQuota(project, input.region(), policy::AmountsOf(input),
                                              LimitsNow(project, input.region())));
  std::string message;
  std::vector<FieldViolation> violations;
  for (const BudgetState& state : ProjectBudgets(project, now)) {
    if (!state.IsSpent()) continue;
    const std::string text = policy::SpentText(state) + policy::SpentAdvice(state);
    message += (message.empty() ? "" : "\n") + text;
    violations.push_back({project, text});
  }
  if (violations.empty()) return OkStatus();
  return ResourceExhaustedError(message).WithViolations(std::move(violations));
}

Status Allowance::CheckNewJob(const std::string& project, const ml::v1::Job& job, Time now) {
  MLENGINE_RETURN_IF_ERROR(rate_.Take(project, LimitsNow(project, "").creates_per_minute, now));
  return CheckJob(project, job, now);
}

std::vector<BudgetState> Allowance::ProjectBudgets(const std::string& project, Time now) {
  return ProjectBudgets(file_.Of(project), now);
}

std::vector<BudgetState> Allowance::ProjectBudgets(const ProjectQuotas& settings, Time now) {
  std::vector<BudgetState> states;
  for (const char* name : {"project", "month"}) {
    std::optional<Budget> budget = policy::BudgetOf(settings, name);
    if (!budget) continue;
    const Result<Spending::Sum> sum = spending_.Of(settings.project(), budget->currency, now);
    if (!sum.ok()) {
      Log(LogLevel::kError, "cannot tell what a project has spent",
          {{"project", settings.project()}, {"status", sum.status().ToString()}});
      continue;
    }
    const std::int64_t spent = budget->name == "month" ? sum->month : sum->all;
    states.push_back({*std::move(budget), settings.project(), policy::MonthOf(now), spent});
  }
  return states;
}

std::vector<BudgetState> Allowance::BudgetsOf(const store::JobRecord& record, Time now) {
  const ProjectQuotas settings = file_.Of(record.project());
  std::vector<BudgetState> states;
  if (std::optional<BudgetState> own = JobBudget(settings, record, prices_, now))
    states.push_back(*std::move(own));
  for (BudgetState& state : ProjectBudgets(settings, now)) states.push_back(std::move(state));
  return states;
}

}  // namespace mlengine::quotas
