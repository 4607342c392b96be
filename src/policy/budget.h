// Budgets: how much money a job, or a project in all or in a month, may use; what is said when a
// budget is nearly spent, and when it is. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "mlengine/engine/v1/quota_record.pb.h"
#include "mlengine/ml/v1/job.pb.h"
#include "policy/reason.h"

namespace mlengine::policy {

// A job's own budget is a label of it, so that any client can give one: "5", or "2_50", as a
// label's value has no point. It wins over the project's budget for each job.
inline constexpr std::string_view kBudgetLabel = "mlengine-budget";

inline constexpr int kUsualWarnPercent = 80;

struct Budget {
  std::string name;  // "job", "project" or "month"
  std::int64_t hundredths = 0;
  std::string currency;
  int warn_percent = kUsualWarnPercent;
  std::string source;  // "label", "set" or "profile"
};

// A budget and what has been used of it.
struct BudgetState {
  Budget budget;
  std::string project;
  Time month;  // its beginning, for "month"
  std::int64_t spent = 0;
  // A sentence: why the job's money cannot be told, so that nothing is watched; else "".
  std::string unknown = {};

  bool IsSpent() const { return unknown.empty() && spent >= budget.hundredths; }
  bool IsNear() const {
    return unknown.empty() && spent * 100 >= budget.hundredths * budget.warn_percent;
  }
};

// "job", "project", "month".
const std::vector<std::string>& BudgetNames();

// Hundredths of "5", "2.5", "2.50"; with `point` '_' of "2_50". INVALID_ARGUMENT otherwise.
Result<std::int64_t> ParseMoney(std::string_view text, char point);
// INVALID_ARGUMENT for a value of the label that is no amount above 0.
Status CheckBudgetLabel(const std::string& value);

// The project's budget of that name; nothing when there is none.
std::optional<Budget> BudgetOf(const engine::v1::ProjectQuotas& settings, std::string_view name);
// The budget of one job whose money is in that currency.
std::optional<Budget> BudgetOfJob(const engine::v1::ProjectQuotas& settings, const ml::v1::Job& job,
                                  const std::string& currency);

// Changes a budget. `amount` as ParseMoney has it, "unlimited", or "default", which takes the
// setting away; `warn_percent` 1 to 100, "" leaves it. INVALID_ARGUMENT says what is wrong.
Status SetBudget(engine::v1::ProjectQuotas& settings, const std::string& name,
                 const std::string& amount, const std::string& warn_percent,
                 const std::string& currency);

// "1.25 of 5.00 USD (this job)", "(project p)", "(project p in 2018-01)"; of one that is not known
// "5.00 USD (this job), not counted: " and why.
std::string BudgetText(const BudgetState& state);
// What tells one warning from the next: another for each month, and when the amount is changed.
std::string WarningKey(const BudgetState& state);
// Of a state that IsNear, or is not known: "It has used 4.02 of …".
std::string WarningText(const BudgetState& state);
// Of a state that IsSpent: "The budget of project P in 2018-01 is spent: 50.12 of 50.00 USD."
std::string SpentText(const BudgetState& state);
// What helps then: "New jobs are taken …".
std::string SpentAdvice(const BudgetState& state);
// Why a job waits then. Code PROJECT_BUDGET_SPENT or MONTH_BUDGET_SPENT: "project", "spent" and
// "limit" in the budget's "currency", "month" and from when on the next one is ("time").
Reason WhySpentWaits(const BudgetState& state);

}  // namespace mlengine::policy
