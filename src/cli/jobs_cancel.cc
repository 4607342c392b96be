#include <boost/json.hpp>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

Result<int> Run(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  const boost::json::value body = boost::json::object();
  MLENGINE_ASSIGN_OR_RETURN(
      const boost::json::value answer,
      api->Json("POST", api->MlPath({"jobs", invocation.positionals[0]}) + ":cancel", &body));
  static_cast<void>(answer);
  return kExitOk;
}

}  // namespace

Command JobsCancelCommand() {
  Command command;
  command.path = "jobs cancel";
  command.summary = "stop a job";
  command.description =
      "Asks the server to stop a job. It ends as CANCELLED once its processes are gone.";
  command.positionals = {{"JOB", "Name of the job."}};
  command.examples = {"mlengine jobs cancel my_job"};
  command.run = Run;
  return command;
}

}  // namespace mlengine::cli
