#include <algorithm>
#include <boost/json.hpp>
#include <ostream>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/job_detail.h"
#include "cli/job_progress.h"
#include "cli/output.h"
#include "cli/resource_text.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

using boost::json::object;
using boost::json::value;

std::string StateOf(const value& replica) {
  if (FieldText(replica, "runnerLost") == "True") return "LOST";
  const std::string step = FieldText(replica.get_object(), "status.step");
  if (step.empty()) return "WAITING";
  if (step != "EXITED") return step;
  const std::string signal = FieldText(replica.get_object(), "status.exit.signal");
  if (!signal.empty()) return "EXITED, signal " + signal;
  const std::string code = FieldText(replica.get_object(), "status.exit.exitCode");
  return "EXITED, status " + (code.empty() ? "0" : code);
}

void PrintUse(Session& session, const value& replicas) {
  for (const value& replica : replicas.get_array()) {
    if (const std::string use = UseText(replica); !use.empty())
      session.err << "Used: " << use << "\n";
  }
}

void PrintReplicas(Session& session, const object& detail) {
  const value* attempts = detail.if_contains("attempts");
  if (attempts == nullptr || !attempts->is_array() || attempts->get_array().empty()) return;
  const value& last = attempts->get_array().back();
  const value* replicas = last.get_object().if_contains("replicas");
  if (replicas == nullptr) return;
  if (replicas->get_array().size() < 2) return PrintUse(session, *replicas);
  session.err << "Replicas of attempt " << attempts->get_array().size() << ":\n";
  for (const value& replica : replicas->get_array()) {
    const std::string index = FieldText(replica, "index");
    std::string name = TextAt(replica, "role") + "-replica-" + (index.empty() ? "0" : index);
    name.resize(std::max<std::size_t>(name.size(), 20), ' ');
    const std::string restart = FieldText(replica, "restart");
    session.err << "  " << name << ' ' << StateOf(replica)
                << (restart.empty() ? "" : ", restart " + restart) << "\n";
    if (const std::string use = UseText(replica); !use.empty())
      session.err << std::string(23, ' ') << use << "\n";
  }
}

// The resource tells nothing of replicas, progress and money; our own door does.
void PrintDetail(Session& session, const object& detail, const std::string& progress) {
  PrintReplicas(session, detail);
  if (!progress.empty()) session.err << "Progress: " << progress << "\n";
  if (const std::string cost = CostText(detail); !cost.empty())
    session.err << "Cost: " << cost << "\n";
  for (const std::string& text : BudgetTexts(detail)) session.err << "Budget: " << text << "\n";
  session.err.flush();
}

Result<int> Run(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const value job,
                            api->Json("GET", api->MlPath({"jobs", invocation.positionals[0]})));
  MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, job));
  if (!invocation.Has("format") && !invocation.Has("quiet"))
    PrintDetail(session, JobDetail(*api, invocation.positionals[0]),
                ProgressOf(*api, invocation.positionals[0]).text);
  return kExitOk;
}

}  // namespace

Command JobsDescribeCommand() {
  Command command;
  command.path = "jobs describe";
  command.summary = "show one job";
  command.description =
      "Prints the whole job as YAML, and on standard error how far it is, what it has "
      "cost, the replicas of a job that has several, and what they used until they ended.";
  command.positionals = {{"JOB", "Name of the job."}};
  command.examples = {"mlengine jobs describe my_job",
                      "mlengine jobs describe my_job --format='value(state)'"};
  command.run = Run;
  return command;
}

}  // namespace mlengine::cli
