#include "scheduler/budget_watch.h"

#include <algorithm>

namespace mlengine::scheduler {

BudgetVerdict WatchBudgets(const std::vector<policy::BudgetState>& budgets,
                           store::JobRecord& record) {
  BudgetVerdict verdict;
  for (const policy::BudgetState& state : budgets) {
    if (state.IsSpent()) {
      if (verdict.stop.empty()) verdict.stop = policy::SpentText(state) + " The job is stopped.";
      continue;
    }
    if (!state.IsNear() && state.unknown.empty()) continue;
    const std::string key = policy::WarningKey(state);
    if (std::ranges::find(record.budget_warnings(), key) != record.budget_warnings().end())
      continue;
    record.add_budget_warnings(key);
    verdict.warnings.push_back(policy::WarningText(state));
  }
  return verdict;
}

bool AnySpent(const std::vector<policy::BudgetState>& budgets) {
  return std::ranges::any_of(budgets, &policy::BudgetState::IsSpent);
}

}  // namespace mlengine::scheduler
