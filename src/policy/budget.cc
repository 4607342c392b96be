#include "policy/budget.h"

#include <algorithm>
#include <charconv>

#include "base/nearest_word.h"
#include "base/number_text.h"
#include "policy/job_spending.h"
#include "policy/quota_settings.h"

namespace mlengine::policy {
namespace {

using engine::v1::BudgetSetting;
using engine::v1::ProjectQuotas;

constexpr std::size_t kLongestShown = 64;
constexpr std::size_t kMostDigits = 12;

const BudgetSetting* FindSetting(const ProjectQuotas& settings, std::string_view name) {
  const auto found = std::ranges::find(settings.budgets(), name, &BudgetSetting::budget);
  return found == settings.budgets().end() ? nullptr : &*found;
}

bool AreDigits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string MonthText(Time month) {
  return FormatTimeSeconds(month).substr(0, 7);
}

// "2.90".
std::string Number(std::int64_t hundredths) {
  const std::string text = HundredthsText(hundredths, "");
  return text.substr(0, text.find(' '));
}

// "The budget of the job", "The budget of project p in 2018-01".
std::string Subject(const BudgetState& state) {
  if (state.budget.name == "job") return "The budget of the job";
  const std::string project = "The budget of project " + state.project;
  return state.budget.name == "month" ? project + " in " + MonthText(state.month) : project;
}

Result<int> ParsePercent(const std::string& text) {
  const int percent = ToNumber<int>(text).value_or(0);
  if (percent < 1 || percent > 100) {
    return InvalidArgumentError("\"" + text.substr(0, kLongestShown) +
                                "\" is no share to warn at: a whole number of percent, 1 to 100");
  }
  return percent;
}

}  // namespace

const std::vector<std::string>& BudgetNames() {
  static const std::vector<std::string> names = {"job", "project", "month"};
  return names;
}

Result<std::int64_t> ParseMoney(std::string_view text, char point) {
  const std::size_t at = std::min(text.find(point), text.size());
  const std::string_view whole = text.substr(0, at);
  const std::string_view part = text.substr(std::min(at + 1, text.size()));
  const bool has_point = at < text.size();
  if (whole.empty() || whole.size() > kMostDigits || !AreDigits(whole) || !AreDigits(part) ||
      part.size() > 2 || (has_point && part.empty())) {
    return InvalidArgumentError("\"" + std::string(text.substr(0, kLongestShown)) +
                                "\" is no amount of money, such as 5 or 2" + std::string(1, point) +
                                "50");
  }
  std::int64_t hundredths = 0;
  std::string digits(whole);
  digits += part;
  digits.append(2 - part.size(), '0');
  std::from_chars(digits.data(), digits.data() + digits.size(), hundredths);
  return hundredths;
}

Status CheckBudgetLabel(const std::string& value) {
  const Result<std::int64_t> hundredths = ParseMoney(value, '_');
  if (!hundredths.ok()) return hundredths.status();
  return *hundredths > 0 ? OkStatus() : InvalidArgumentError("a job's budget must be above 0");
}

std::optional<Budget> BudgetOf(const ProjectQuotas& settings, std::string_view name) {
  if (const BudgetSetting* set = FindSetting(settings, name)) {
    if (set->hundredths() < 0) return std::nullopt;
    return Budget{std::string(name), set->hundredths(), set->currency(),
                  set->warn_percent() > 0 ? set->warn_percent() : kUsualWarnPercent, "set"};
  }
  const QuotaProfile* profile = FindQuotaProfile(settings.profile());
  if (name != "project" || profile == nullptr || profile->project_budget_hundredths < 0)
    return std::nullopt;
  return Budget{std::string(name), profile->project_budget_hundredths, "USD", kUsualWarnPercent,
                "profile"};
}

std::optional<Budget> BudgetOfJob(const ProjectQuotas& settings, const ml::v1::Job& job,
                                  const std::string& currency) {
  std::optional<Budget> budget = BudgetOf(settings, "job");
  const auto label = job.labels().find(std::string(kBudgetLabel));
  if (label == job.labels().end()) return budget;
  const Result<std::int64_t> hundredths = ParseMoney(label->second, '_');
  if (!hundredths.ok()) return budget;  // of a job from before the label meant anything
  return Budget{"job", *hundredths, currency, budget ? budget->warn_percent : kUsualWarnPercent,
                "label"};
}

Status SetBudget(ProjectQuotas& settings, const std::string& name, const std::string& amount,
                 const std::string& warn_percent, const std::string& currency) {
  if (std::ranges::find(BudgetNames(), name) == BudgetNames().end()) {
    const std::string near = NearestWord(name, BudgetNames());
    return InvalidArgumentError(
        "\"" + name.substr(0, kLongestShown) + "\" is no budget; " +
        (near.empty() ? "there are: job, project, month" : "did you mean " + near + "?"));
  }
  std::int64_t hundredths = -1;
  if (amount != "unlimited" && amount != "default") {
    Result<std::int64_t> parsed = ParseMoney(amount, '.');
    if (!parsed.ok())
      return InvalidArgumentError(parsed.status().message() + ", nor unlimited or default");
    hundredths = *parsed;
    if (name == "job" && hundredths == 0)
      return InvalidArgumentError("a job's budget must be above 0");
  }
  const BudgetSetting* before = FindSetting(settings, name);
  int warn =
      before != nullptr && before->warn_percent() > 0 ? before->warn_percent() : kUsualWarnPercent;
  if (!warn_percent.empty()) {
    MLENGINE_ASSIGN_OR_RETURN(warn, ParsePercent(warn_percent));
  }
  auto& list = *settings.mutable_budgets();
  for (int i = list.size() - 1; i >= 0; --i) {
    if (list[i].budget() == name) list.DeleteSubrange(i, 1);
  }
  if (amount == "default") return OkStatus();
  BudgetSetting* added = settings.add_budgets();
  added->set_budget(name);
  added->set_hundredths(hundredths);
  added->set_currency(currency);
  added->set_warn_percent(warn);
  return OkStatus();
}

std::string BudgetText(const BudgetState& state) {
  std::string whose = " (this job)";
  if (state.budget.name != "job") whose = " (project " + state.project;
  if (state.budget.name == "month") whose += " in " + MonthText(state.month);
  if (state.budget.name != "job") whose += ")";
  const std::string limit = HundredthsText(state.budget.hundredths, state.budget.currency);
  if (!state.unknown.empty()) return limit + whose + ", not counted: " + state.unknown;
  return Number(state.spent) + " of " + limit + whose;
}

std::string WarningKey(const BudgetState& state) {
  std::string key = state.budget.name;
  if (!state.unknown.empty()) return key + " unknown";
  if (state.budget.name == "month") key += " " + MonthText(state.month);
  return key + " " + std::to_string(state.budget.hundredths);
}

std::string WarningText(const BudgetState& state) {
  if (!state.unknown.empty()) {
    return Subject(state) + " is " +
           HundredthsText(state.budget.hundredths, state.budget.currency) +
           ", but nothing is counted of this job, and it is not stopped for money: " +
           state.unknown;
  }
  return Subject(state) + " is " + HundredthsText(state.budget.hundredths, state.budget.currency) +
         "; " + HundredthsText(state.spent, state.budget.currency) +
         " of it are spent, more than the " + std::to_string(state.budget.warn_percent) +
         " % at which jobs are warned. When it is spent, the replicas get SIGTERM, to save a "
         "checkpoint, and are stopped.";
}

std::string SpentText(const BudgetState& state) {
  const std::string limit = HundredthsText(state.budget.hundredths, state.budget.currency);
  return Subject(state) + " is spent: " + Number(state.spent) + " of " + limit + ".";
}

std::string SpentAdvice(const BudgetState& state) {
  std::string advice = " New jobs are taken ";
  if (state.budget.name == "month")
    advice += "from " + FormatTimeSeconds(NextMonth(state.month)) + " on, or ";
  return advice + "once it is raised: mlengine budgets set " + state.budget.name +
         " AMOUNT --project=" + state.project;
}

Reason WhySpentWaits(const BudgetState& state) {
  Reason why{SpentText(state) + " It waits." + SpentAdvice(state) + ".",
             "PROJECT_BUDGET_SPENT",
             {{"project", state.project},
              {"spent", Number(state.spent)},
              {"limit", Number(state.budget.hundredths)},
              {"currency", state.budget.currency}}};
  if (state.budget.name == "month") {
    why.code = "MONTH_BUDGET_SPENT";
    why.values.emplace_back("month", MonthText(state.month));
    why.values.emplace_back("time", FormatTimeSeconds(NextMonth(state.month)));
  }
  return why;
}

}  // namespace mlengine::policy
