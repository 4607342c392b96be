#include <boost/json.hpp>
#include <ostream>

#include "base/digest.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

array ListAt(const value& answer, std::string_view name) {
  const value* list = answer.is_object() ? answer.get_object().if_contains(name) : nullptr;
  return list != nullptr && list->is_array() ? list->get_array() : array();
}

Result<int> RunList(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const value answer, api->Json("GET", api->OwnPath({"budgets"})));
  MLENGINE_RETURN_IF_ERROR(PrintList(invocation, session, ListAt(answer, "budgets"),
                                     {{"BUDGET", "budget"},
                                      {"MONTH", "month"},
                                      {"AMOUNT", "amount"},
                                      {"SPENT", "spent"},
                                      {"CURRENCY", "currency"},
                                      {"WARN_AT_PERCENT", "warnPercent"},
                                      {"FROM", "source"}}));
  return kExitOk;
}

Result<int> RunSet(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  const std::string& budget = invocation.positionals[0];
  const std::string& amount = invocation.positionals[1];
  object body{{"amount", amount}};
  if (invocation.Has("warn-at")) body["warnPercent"] = invocation.Text("warn-at");
  const value request = std::move(body);
  MLENGINE_RETURN_IF_ERROR(api->Json("PUT", api->OwnPath({"budgets", budget}), &request).status());
  if (!invocation.Has("quiet")) {
    session.err << "Budget [" << budget << "] of project [" << api->project() << "] is " << amount
                << ".\n";
  }
  return kExitOk;
}

// "day" of "day", "label" of "label=owner", as a column's title.
std::string TitleOf(const std::string& group_by) {
  const std::size_t equals = group_by.find('=');
  std::string title = equals == std::string::npos ? group_by : group_by.substr(equals + 1);
  for (char& c : title) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return title;
}

Result<int> RunCost(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  const std::string group_by = invocation.Text("group-by", "tier");
  std::string target = api->OwnPath({"jobs"}) + ":cost?groupBy=" + PercentEncode(group_by);
  if (invocation.Has("filter")) target += "&filter=" + PercentEncode(invocation.Text("filter"));
  MLENGINE_ASSIGN_OR_RETURN(const value answer, api->Json("GET", target));
  array rows = ListAt(answer, "rows");
  for (value& total : ListAt(answer, "totals")) {
    total.as_object()["group"] = "TOTAL";
    total.as_object()["total"] = true;
    rows.push_back(std::move(total));
  }
  const std::string title = TitleOf(group_by);
  MLENGINE_RETURN_IF_ERROR(
      PrintList(invocation, session, rows,
                {{title, "group"}, {"JOBS", "jobs"}, {"UNITS", "units"}, {"COST", "text"}}));
  if (!invocation.Has("quiet")) {
    for (const value& note : ListAt(answer, "notes"))
      session.err << std::string_view(note.as_string()) << "\n";
  }
  return kExitOk;
}

}  // namespace

Command BudgetsListCommand() {
  Command command;
  command.path = "budgets list";
  command.summary = "show what the project's jobs may cost";
  command.description =
      "Lists the project's budgets and what is spent of them: for each job, for all its jobs for "
      "ever, and for all its jobs in the calendar month (UTC).";
  command.examples = {"mlengine budgets list", "mlengine budgets list --format=json"};
  command.run = RunList;
  return command;
}

Command BudgetsSetCommand() {
  Command command;
  command.path = "budgets set";
  command.summary = "change one budget of the project";
  command.description =
      "Sets a budget in the currency of the server's price list. Running jobs are warned in their "
      "log when the share is spent; when all is, they get SIGTERM, to save a checkpoint, and are "
      "stopped. While the project's or the month's budget is spent, new jobs are refused and "
      "waiting ones wait. One job's own budget: `mlengine jobs submit training --budget`.";
  command.positionals = {{"BUDGET", "job, project or month."},
                         {"AMOUNT", "Such as 50 or 2.50, `unlimited`, or `default` to unset it."}};
  command.flags = {
      {"warn-at", FlagKind::kText, "PERCENT", "Share at which jobs are warned; 80 unless given."}};
  command.examples = {"mlengine budgets set month 50", "mlengine budgets set job 5 --warn-at=50"};
  command.run = RunSet;
  return command;
}

Command JobsCostCommand() {
  Command command;
  command.path = "jobs cost";
  command.summary = "show what the project's jobs have cost";
  command.description =
      "Adds up the units and the money of the project's jobs in groups, each job by the price list "
      "in force when it was created. Days are those of UTC. With --format the totals are the last "
      "items.";
  command.flags = {{"group-by", FlagKind::kText, "GROUP",
                    "tier (unless given), day, label, or label=KEY for the values of one label."},
                   {"filter", FlagKind::kText, "FILTER",
                    "Only jobs for which this holds, as `mlengine jobs list` reads it."}};
  command.examples = {"mlengine jobs cost --group-by=day",
                      "mlengine jobs cost --group-by=label=owner --filter='state:SUCCEEDED'"};
  command.run = RunCost;
  return command;
}

}  // namespace mlengine::cli
