#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <ostream>
#include <utility>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/log_entries.h"
#include "cli/log_lines.h"
#include "cli/output.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

std::string JobOf(const boost::json::value& entry) {
  return FieldText(entry, "resource.labels.job_id");
}

std::pair<std::string, std::string> PlaceOf(const boost::json::value& entry) {
  return {TextAt(entry, "timestamp"), TextAt(entry, "insertId")};
}

class Grep {
 public:
  Grep(const Invocation& invocation, Session& session, Api& api)
      : session_(session),
        api_(api),
        one_job_(invocation.Has("job")),
        context_(static_cast<std::size_t>(invocation.Number("context").value_or(0))) {
    look_.color = session.out_is_terminal && !session.env("NO_COLOR");
    look_.fold = session.out_is_terminal;
  }

  // How many entries were found.
  Result<std::size_t> Run(const EntryQuery& query) {
    std::size_t found = 0;
    const auto take = [&](boost::json::array page) -> Result<bool> {
      found += page.size();
      for (const boost::json::value& entry : page)
        MLENGINE_RETURN_IF_ERROR(context_ > 0 ? PrintAround(entry) : Print(entry));
      session_.out.flush();
      return session_.out.good();
    };
    MLENGINE_RETURN_IF_ERROR(ListEntries(api_, query, take));
    return found;
  }

 private:
  Status Print(const boost::json::value& entry) {
    const std::string lines = FormatEntry(AsLogLine(entry), look_);
    if (one_job_) {
      session_.out << lines;
      return OkStatus();
    }
    for (std::string_view rest = lines; !rest.empty();) {
      const std::size_t end = std::min(rest.find('\n'), rest.size() - 1) + 1;
      session_.out << JobOf(entry) << "\t" << rest.substr(0, end);
      rest.remove_prefix(end);
    }
    return OkStatus();
  }

  // The entry's neighbours in its job, whatever their task; each is printed once.
  Status PrintAround(const boost::json::value& entry) {
    const std::string job = JobOf(entry);
    // One more than is shown tells whether this follows right on what was printed.
    MLENGINE_ASSIGN_OR_RETURN(boost::json::array before, Neighbours(entry, true, context_ + 1));
    MLENGINE_ASSIGN_OR_RETURN(const boost::json::array after, Neighbours(entry, false, context_));
    std::reverse(before.begin(), before.end());
    const bool joins =
        last_job_ == job && PlaceOf(before.empty() ? entry : before.front()) <= printed_[job];
    if (!last_job_.empty() && !joins) session_.out << "--\n";
    if (before.size() > context_) before.erase(before.begin());
    last_job_ = job;
    for (const boost::json::value& one : before) MLENGINE_RETURN_IF_ERROR(PrintOnce(one));
    MLENGINE_RETURN_IF_ERROR(PrintOnce(entry));
    for (const boost::json::value& one : after) MLENGINE_RETURN_IF_ERROR(PrintOnce(one));
    return OkStatus();
  }

  Status PrintOnce(const boost::json::value& entry) {
    auto& printed = printed_[JobOf(entry)];
    if (PlaceOf(entry) <= printed) return OkStatus();
    printed = PlaceOf(entry);
    return Print(entry);
  }

  Result<boost::json::array> Neighbours(const boost::json::value& entry, bool before,
                                        std::size_t count) {
    EntryQuery query;
    query.newest_first = before;
    query.limit = count;
    query.filter = "resource.labels.job_id=" + FilterText(JobOf(entry)) + " AND timestamp" +
                   (before ? "<" : ">") + FilterText(TextAt(entry, "timestamp"));
    boost::json::array all;
    MLENGINE_RETURN_IF_ERROR(ListEntries(api_, query, [&](boost::json::array page) -> Result<bool> {
      all.insert(all.end(), page.begin(), page.end());
      return true;
    }));
    return all;
  }

  Session& session_;
  Api& api_;
  const bool one_job_;
  const std::size_t context_;
  LogLook look_;
  std::map<std::string, std::pair<std::string, std::string>> printed_;  // the last place, by job
  std::string last_job_;
};

Result<int> Run(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  const std::string pattern =
      FilterText((invocation.Has("ignore-case") ? "(?i)" : "") + invocation.positionals[0]);
  EntryQuery query;
  query.newest_first = false;
  query.filter = "(jsonPayload.message=~" + pattern + " OR textPayload=~" + pattern + ")";
  if (invocation.Has("job"))
    query.filter += " AND resource.labels.job_id=" + FilterText(invocation.Text("job"));
  if (invocation.Has("task-name"))
    query.filter += " AND resource.labels.task_name=" + FilterText(invocation.Text("task-name"));
  query.limit = static_cast<std::size_t>(invocation.Number("limit").value_or(0));
  MLENGINE_ASSIGN_OR_RETURN(const std::size_t found, Grep(invocation, session, *api).Run(query));
  if (found > 0) return kExitOk;
  // A job that is not there is not one in which nothing was found.
  if (invocation.Has("job"))
    MLENGINE_RETURN_IF_ERROR(
        api->Json("GET", api->MlPath({"jobs", invocation.Text("job")})).status());
  return kExitFailed;
}

}  // namespace

Command LogsGrepCommand() {
  Command command;
  command.path = "logs grep";
  command.summary = "find a pattern in jobs' logs";
  command.description =
      "Prints the entries whose message the regular expression (RE2) finds something in, oldest "
      "first, as lines of stream-logs; of all jobs of the project, each line begins with the job's "
      "name. Ends with 0 when something was found, else with 1.";
  command.positionals = {{"PATTERN", "The regular expression."}};
  command.flags = {
      {"job", FlagKind::kText, "JOB", "Only in this job's log."},
      {"task-name", FlagKind::kText, "TASK", "Only in the lines of this task."},
      {"ignore-case", FlagKind::kSwitch, "", "Upper and lower case are one (-i)."},
      {"context", FlagKind::kNumber, "N", "Also the N entries of the job before and after (-C)."},
      {"limit", FlagKind::kNumber, "N", "At most so many that match, 1 or more."}};
  command.examples = {"mlengine logs grep nan --job=my_job -C 3",
                      "mlengine logs grep -i 'out of memory'"};
  command.run = Run;
  return command;
}

}  // namespace mlengine::cli
