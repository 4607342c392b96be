// What a job's budgets ask of its next step: a warning, once, or its end. Pure.
#pragma once

#include <string>
#include <vector>

#include "policy/budget.h"
#include "store/job_store.h"

namespace mlengine::scheduler {

struct BudgetVerdict {
  std::vector<std::string> warnings;  // for the job's log; noted in the record as given
  std::string stop;                   // why the job is to be stopped; "" when it may go on
};

// Of a job that holds room.
BudgetVerdict WatchBudgets(const std::vector<policy::BudgetState>& budgets,
                           store::JobRecord& record);

// A budget is spent: the job is not to start.
bool AnySpent(const std::vector<policy::BudgetState>& budgets);

}  // namespace mlengine::scheduler
