#include <boost/json.hpp>
#include <fstream>
#include <ostream>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

Result<int> Run(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(
      const boost::json::value trace,
      api->Json("GET", api->OwnPath({"jobs", invocation.positionals[0], "trace"})));
  const std::string text = boost::json::serialize(trace) + "\n";
  if (!invocation.Has("output")) {
    session.out << text;
    return kExitOk;
  }
  const std::string path = invocation.Text("output");
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (!file) return InvalidArgumentError("--output=" + path + " cannot be written.");
  file << text;
  file.close();
  if (!file) return InternalError("cannot write " + path + ": is the disk full?");
  if (!invocation.Has("quiet"))
    session.err << "Wrote " << text.size() << " bytes to " << path << ".\n";
  return kExitOk;
}

}  // namespace

Command JobsTraceCommand() {
  Command command;
  command.path = "jobs trace";
  command.summary = "get a job's phases as an OpenTelemetry trace";
  command.description =
      "Writes one trace in the JSON form of OTLP: the job, its waiting, its attempts, their "
      "replicas and the phases of each start, with how they ended. Trace viewers open the file; a "
      "collector takes it at /v1/traces.";
  command.positionals = {{"JOB", "Name of the job."}};
  command.flags = {
      {"output", FlagKind::kText, "FILE", "Write there instead of to standard output."}};
  command.examples = {"mlengine jobs trace my_job --output=my_job.json",
                      "mlengine jobs trace my_job | curl -H 'Content-Type: application/json' -d @- "
                      "http://127.0.0.1:4318/v1/traces"};
  command.run = Run;
  return command;
}

}  // namespace mlengine::cli
