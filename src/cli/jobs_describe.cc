#include <boost/json.hpp>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

Result<int> Run(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const boost::json::value job,
                            api->Json("GET", api->MlPath({"jobs", invocation.positionals[0]})));
  MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, job));
  return kExitOk;
}

}  // namespace

Command JobsDescribeCommand() {
  Command command;
  command.path = "jobs describe";
  command.summary = "show one job";
  command.description = "Prints the whole job as YAML.";
  command.positionals = {{"JOB", "Name of the job."}};
  command.examples = {"mlengine jobs describe my_job",
                      "mlengine jobs describe my_job --format='value(state)'"};
  command.run = Run;
  return command;
}

}  // namespace mlengine::cli
