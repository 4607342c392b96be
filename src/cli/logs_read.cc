#include <boost/json.hpp>
#include <chrono>
#include <ostream>

#include "base/clock.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/log_entries.h"
#include "cli/output.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

// As gcloud: the newest entries of a day, unless the filter speaks of time itself.
Result<std::string> FilterOf(const Invocation& invocation, bool newest_first) {
  std::string filter = invocation.positionals.empty() ? "" : invocation.positionals[0];
  const std::string freshness = invocation.Text("freshness", "1d");
  const std::optional<std::int64_t> seconds = ParseSeconds(freshness);
  if (!seconds) {
    return InvalidArgumentError("--freshness=" + freshness +
                                " is not a duration. Write it as 90s, 30m, 12h or 1d.");
  }
  if (!newest_first || filter.find("timestamp") != std::string::npos) return filter;
  const Time least = SystemClock().Now() - std::chrono::seconds(*seconds);
  return "timestamp>=\"" + FormatTimeNanos(least) + "\"" + (filter.empty() ? "" : " AND " + filter);
}

Result<int> Run(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  EntryQuery query;
  query.newest_first = invocation.Text("order", "desc") == "desc";
  query.limit = static_cast<std::size_t>(invocation.Number("limit").value_or(0));
  MLENGINE_ASSIGN_OR_RETURN(query.filter, FilterOf(invocation, query.newest_first));
  // What is printed entry by entry need not be held.
  const std::string format = invocation.Text("format", "yaml");
  const bool by_page = format == "yaml" || format.starts_with("value(");
  boost::json::array held;
  const auto take = [&](boost::json::array page) -> Result<bool> {
    if (by_page) {
      MLENGINE_RETURN_IF_ERROR(PrintDocuments(invocation, session, page));
    } else {
      held.insert(held.end(), page.begin(), page.end());
    }
    return session.out.good();
  };
  MLENGINE_RETURN_IF_ERROR(ListEntries(*api, query, take));
  if (!by_page) MLENGINE_RETURN_IF_ERROR(PrintDocuments(invocation, session, held));
  return kExitOk;
}

}  // namespace

Command LogsReadCommand() {
  Command command;
  command.path = "logs read";
  command.summary = "read log entries that pass a filter";
  command.description =
      "Prints the entries of the project's jobs that pass FILTER, newest first, as `gcloud logging "
      "read` does. The filter is Cloud Logging's language. Without a word of timestamp in it, only "
      "the entries of the last day are read (--freshness).";
  command.positionals = {{"FILTER", "Which entries; all, if left out.", false}};
  command.flags = {
      {"limit", FlagKind::kNumber, "N", "At most so many entries, 1 or more."},
      {"order",
       FlagKind::kChoice,
       "ORDER",
       "Newest or oldest first; desc, if left out.",
       {"desc", "asc"}},
      {"freshness", FlagKind::kText, "DURATION",
       "No entries older than that: 90s, 30m, 12h, 1d (if left out). Only with --order=desc and a "
       "filter without a timestamp."}};
  command.examples = {
      "mlengine logs read 'severity>=ERROR' --limit=10",
      "mlengine logs read 'resource.labels.job_id=my_job AND jsonPayload.message:loss' --order=asc "
      "--format='value(timestamp,jsonPayload.message)'"};
  command.run = Run;
  return command;
}

}  // namespace mlengine::cli
