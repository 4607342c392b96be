#include <boost/json.hpp>

#include "base/digest.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

Result<int> Run(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  const std::size_t limit = static_cast<std::size_t>(invocation.Number("limit").value_or(0));
  boost::json::array jobs;
  std::string page;
  do {
    std::string target = api->MlPath({"jobs"}) +
                         "?pageSize=" + std::to_string(limit > 0 && limit < 100 ? limit : 100);
    if (invocation.Has("filter")) target += "&filter=" + PercentEncode(invocation.Text("filter"));
    if (!page.empty()) target += "&pageToken=" + PercentEncode(page);
    MLENGINE_ASSIGN_OR_RETURN(const boost::json::value answer, api->Json("GET", target));
    page = TextAt(answer, "nextPageToken");
    const boost::json::value* found =
        answer.is_object() ? answer.get_object().if_contains("jobs") : nullptr;
    if (found == nullptr || !found->is_array()) break;
    for (const boost::json::value& job : found->get_array()) {
      if (limit == 0 || jobs.size() < limit) jobs.push_back(job);
    }
  } while (!page.empty() && (limit == 0 || jobs.size() < limit));
  MLENGINE_RETURN_IF_ERROR(
      PrintList(invocation, session, jobs,
                {{"JOB_ID", "jobId"}, {"STATUS", "state"}, {"CREATED", "createTime", true}}));
  return kExitOk;
}

}  // namespace

Command JobsListCommand() {
  Command command;
  command.path = "jobs list";
  command.summary = "list jobs, newest first";
  command.description = "Lists the project's jobs. Times are local.";
  command.flags = {{"filter", FlagKind::kText, "FILTER",
                    "Only jobs for which this holds, as the server reads it."},
                   {"limit", FlagKind::kNumber, "N", "At most so many jobs."}};
  command.examples = {"mlengine jobs list --filter='state:RUNNING' --limit=10",
                      "mlengine jobs list --format='value(jobId,state)'"};
  command.run = Run;
  return command;
}

}  // namespace mlengine::cli
