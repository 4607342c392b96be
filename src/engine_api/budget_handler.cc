#include "engine_api/budget_handler.h"

#include <boost/json.hpp>
#include <optional>

#include "engine_api/answer.h"
#include "engine_api/request_body.h"
#include "policy/cost_report.h"
#include "policy/job_validation.h"
#include "policy/list_filter.h"

namespace mlengine::engine_api {
namespace json = boost::json;

namespace {

using policy::Budget;
using policy::BudgetState;

constexpr char kProject[] = "/mlengine/v1/projects/{project}";
constexpr int kPage = 500;

Status CheckProject(const std::string& project) {
  if (policy::IsProjectId(project)) return OkStatus();
  return InvalidArgumentError("\"" + project.substr(0, 64) + "\" is no project id");
}

// "2.90".
std::string Amount(std::int64_t hundredths) {
  const std::string text = policy::HundredthsText(hundredths, "");
  return text.substr(0, text.find(' '));
}

json::object Shown(const std::string& name, const std::optional<Budget>& budget) {
  if (!budget) return {{"budget", name}, {"amount", "unlimited"}};
  return {{"budget", name},
          {"amount", Amount(budget->hundredths)},
          {"currency", budget->currency},
          {"warnPercent", budget->warn_percent},
          {"source", budget->source}};
}

json::object ListBudgets(quotas::Allowance& allowance, const std::string& project, Time now) {
  const quotas::ProjectQuotas settings = allowance.file().Of(project);
  const std::vector<BudgetState> states = allowance.ProjectBudgets(project, now);
  json::array list;
  for (const std::string& name : policy::BudgetNames()) {
    json::object item = Shown(name, policy::BudgetOf(settings, name));
    if (name == "month") item["month"] = FormatTimeSeconds(policy::MonthOf(now)).substr(0, 7);
    for (const BudgetState& state : states) {
      if (state.budget.name == name) item["spent"] = Amount(state.spent);
    }
    list.push_back(std::move(item));
  }
  return {{"project", project}, {"budgets", std::move(list)}};
}

Status SetBudget(quotas::Allowance& allowance, const net::Request& request) {
  MLENGINE_RETURN_IF_ERROR(CheckProject(request.path_values[0]));
  MLENGINE_ASSIGN_OR_RETURN(const json::object body, ReadBody(request, {"amount", "warnPercent"}));
  MLENGINE_ASSIGN_OR_RETURN(const std::string amount, BodyText(body, "amount"));
  MLENGINE_ASSIGN_OR_RETURN(const std::string warn_percent, BodyText(body, "warnPercent"));
  return allowance.file().Change(request.path_values[0], [&](quotas::ProjectQuotas& settings) {
    return policy::SetBudget(settings, request.path_values[1], amount, warn_percent,
                             allowance.prices().Default().currency);
  });
}

json::object Shown(const policy::CostRow& row) {
  return {{"jobs", row.jobs},
          {"units", Amount(row.spent.units)},
          {"money", Amount(row.spent.money)},
          {"currency", row.currency},
          {"text", policy::HundredthsText(row.spent.money, row.currency)}};
}

Result<json::object> Cost(store::JobStore& store, const policy::PriceBook& prices,
                          const net::Request& request, Time now) {
  MLENGINE_RETURN_IF_ERROR(CheckProject(request.path_values[0]));
  MLENGINE_ASSIGN_OR_RETURN(
      policy::CostReport report,
      policy::CostReport::Make(request.Query("groupBy").value_or("tier"), prices, now));
  MLENGINE_ASSIGN_OR_RETURN(const policy::ListFilter filter,
                            policy::ListFilter::Parse(request.Query("filter").value_or("")));
  store::ListJobsQuery query;
  query.project = request.path_values[0];
  query.page_size = kPage;
  query.filter = [&filter](const store::JobRecord& record) { return filter.Matches(record.job()); };
  do {
    MLENGINE_ASSIGN_OR_RETURN(const store::ListJobsPage page, store.List(query));
    for (const store::StoredJob& job : page.jobs) report.Add(job.record);
    query.page_token = page.next_page_token;
  } while (!query.page_token.empty());

  json::array rows;
  for (const policy::CostRow& row : report.Rows()) {
    json::object shown = Shown(row);
    shown["group"] = row.group;
    rows.push_back(std::move(shown));
  }
  json::array totals;
  for (const policy::CostRow& row : report.Totals()) totals.push_back(Shown(row));
  return json::object{{"rows", std::move(rows)},
                      {"totals", std::move(totals)},
                      {"notes", json::value_from(report.Notes())}};
}

}  // namespace

void RegisterBudgets(net::Router& router, store::JobStore& store, quotas::Allowance& allowance,
                     const Clock& clock) {
  const std::string budgets = std::string(kProject) + "/budgets";
  router.Handle("GET", budgets, [&allowance, &clock](net::Request& request) {
    const std::string& project = request.path_values[0];
    const Status is_project = CheckProject(project);
    return is_project.ok()
               ? JsonAnswer(json::serialize(ListBudgets(allowance, project, clock.Now())))
               : ErrorAnswer(is_project);
  });
  router.Handle("PUT", budgets + "/{budget}", [&allowance](net::Request& request) {
    const Status set = SetBudget(allowance, request);
    return set.ok() ? JsonAnswer("{}") : ErrorAnswer(set);
  });
  router.Handle(
      "GET", std::string(kProject) + "/jobs:cost",
      [&store, &allowance, &clock](net::Request& request) {
        const Result<json::object> cost = Cost(store, allowance.prices(), request, clock.Now());
        return cost.ok() ? JsonAnswer(json::serialize(*cost)) : ErrorAnswer(cost.status());
      });
}

}  // namespace mlengine::engine_api
