#include <boost/json.hpp>
#include <ostream>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

Result<int> Run(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  const std::string& job = invocation.positionals[0];
  MLENGINE_ASSIGN_OR_RETURN(const boost::json::value answer,
                            api->Json("GET", api->OwnPath({"jobs", job, "explanation"})));
  if (invocation.Has("format")) {
    MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, answer));
    return kExitOk;
  }
  session.out << "Job [" << job << "] is " << TextAt(answer, "state") << ".\n";
  if (const auto* sentences = answer.as_object().if_contains("sentences")) {
    for (const boost::json::value& one : sentences->as_array())
      session.out << std::string_view(one.as_string()) << "\n";
  }
  return kExitOk;
}

Command Explain(const char* path) {
  Command command;
  command.path = path;
  command.summary = "say why a job is where it is";
  command.description =
      "Says what a waiting job waits for, what a starting one is at, and why one failed. "
      "`jobs why` is the same.";
  command.positionals = {{"JOB", "Name of the job."}};
  command.examples = {"mlengine jobs explain my_job", "mlengine jobs why my_job --format=json"};
  command.run = Run;
  return command;
}

}  // namespace

Command JobsExplainCommand() {
  return Explain("jobs explain");
}

Command JobsWhyCommand() {
  return Explain("jobs why");
}

}  // namespace mlengine::cli
