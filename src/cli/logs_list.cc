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
  boost::json::array names;
  std::string token;
  do {
    std::string target = "/v2/projects/" + PercentEncode(api->project()) + "/logs?pageSize=1000";
    if (!token.empty()) target += "&pageToken=" + PercentEncode(token);
    MLENGINE_ASSIGN_OR_RETURN(const boost::json::value answer, api->Json("GET", target));
    token = TextAt(answer, "nextPageToken");
    const boost::json::value* found =
        answer.is_object() ? answer.get_object().if_contains("logNames") : nullptr;
    if (found == nullptr || !found->is_array()) break;
    for (const boost::json::value& name : found->get_array()) names.push_back(name);
  } while (!token.empty() && (limit == 0 || names.size() < limit));
  if (limit > 0 && names.size() > limit) names.resize(limit);
  MLENGINE_RETURN_IF_ERROR(PrintList(invocation, session, names, {{"NAME", ""}}));
  return kExitOk;
}

}  // namespace

Command LogsListCommand() {
  Command command;
  command.path = "logs list";
  command.summary = "list the project's logs";
  command.description =
      "Prints the names of the logs that `logName` and `log_id` in a filter compare with: one for "
      "each job's service entries, one for each replica's name.";
  command.flags = {{"limit", FlagKind::kNumber, "N", "At most so many names, 1 or more."}};
  command.examples = {"mlengine logs list", "mlengine logs list --format=json"};
  command.run = Run;
  return command;
}

}  // namespace mlengine::cli
