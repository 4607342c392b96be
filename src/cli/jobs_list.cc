#include <algorithm>
#include <boost/json.hpp>

#include "base/digest.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/job_progress.h"
#include "cli/output.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

// By the first field, then the second and so on; ~ before a field turns its order around. Equal
// ones stay in the server's order.
boost::json::array Sorted(const std::vector<std::string>& fields, const boost::json::array& jobs) {
  std::vector<std::size_t> order(jobs.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    for (const std::string& field : fields) {
      const bool is_down = field.front() == '~';
      const std::string_view path = std::string_view(field).substr(is_down ? 1 : 0);
      const int sign = FieldText(jobs[a], path).compare(FieldText(jobs[b], path));
      if (sign != 0) return (sign < 0) != is_down;
    }
    return a < b;
  });
  boost::json::array out;
  for (const std::size_t i : order) out.push_back(jobs[i]);
  return out;
}

Result<int> Run(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  const std::size_t limit = static_cast<std::size_t>(invocation.Number("limit").value_or(0));
  const std::vector<std::string> order = invocation.List("sort-by");
  // The first of the sorted ones are not the first of the server's.
  const std::size_t wanted = order.empty() ? limit : 0;
  boost::json::array jobs;
  std::string page;
  do {
    std::string target = api->MlPath({"jobs"}) +
                         "?pageSize=" + std::to_string(wanted > 0 && wanted < 100 ? wanted : 100);
    if (invocation.Has("filter")) target += "&filter=" + PercentEncode(invocation.Text("filter"));
    if (!page.empty()) target += "&pageToken=" + PercentEncode(page);
    MLENGINE_ASSIGN_OR_RETURN(const boost::json::value answer, api->Json("GET", target));
    page = TextAt(answer, "nextPageToken");
    const boost::json::value* found =
        answer.is_object() ? answer.get_object().if_contains("jobs") : nullptr;
    if (found == nullptr || !found->is_array()) break;
    for (const boost::json::value& job : found->get_array()) {
      if (wanted == 0 || jobs.size() < wanted) jobs.push_back(job);
    }
  } while (!page.empty() && (wanted == 0 || jobs.size() < wanted));
  if (!order.empty()) jobs = Sorted(order, jobs);
  if (limit > 0 && jobs.size() > limit) jobs.resize(limit);
  std::vector<Column> columns = {
      {"JOB_ID", "jobId"}, {"STATUS", "state"}, {"CREATED", "createTime", true}};
  if (!invocation.Has("format") && AddProgress(*api, jobs))
    columns.push_back({"PROGRESS", kProgressField});
  MLENGINE_RETURN_IF_ERROR(PrintList(invocation, session, jobs, columns));
  return kExitOk;
}

}  // namespace

Command JobsListCommand() {
  Command command;
  command.path = "jobs list";
  command.summary = "list jobs, newest first";
  command.description =
      "Lists the project's jobs. Times are local. PROGRESS is the share of the steps that were "
      "done, their number where nobody knows of how many, or empty where nothing tells of steps.";
  command.flags = {{"filter", FlagKind::kText, "FILTER",
                    "Only jobs for which this holds, as the server reads it."},
                   {"limit", FlagKind::kNumber, "N", "At most so many jobs, 1 or more."},
                   {"sort-by", FlagKind::kList, "FIELD,...",
                    "Order by these fields, such as jobId; ~FIELD is downwards."}};
  command.examples = {"mlengine jobs list --filter='state:RUNNING' --limit=10",
                      "mlengine jobs list --format='value(jobId,state)'"};
  command.run = Run;
  return command;
}

}  // namespace mlengine::cli
