#include <boost/json.hpp>
#include <ostream>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

using boost::json::value;

// The time is missing where nobody knows it.
std::string Whose(const value& one) {
  const std::string time = FieldText(one, "time");
  return FieldText(one, "replica") + (time.empty() ? "" : ", " + time);
}

void PrintCause(const value& cause, std::ostream& out) {
  out << "First cause: " << FieldText(cause, "kind") << ", " << Whose(cause) << "\n"
      << FieldText(cause, "sentence") << "\n";
  if (const std::string advice = FieldText(cause, "advice"); !advice.empty())
    out << "What to do: " << advice << "\n";
  const value* evidence = cause.get_object().if_contains("evidence");
  if (evidence != nullptr && evidence->is_array() && !evidence->get_array().empty()) {
    out << "Evidence:\n";
    for (const value& line : evidence->get_array()) {
      if (line.is_string()) out << "  " << std::string_view(line.get_string()) << "\n";
    }
  }
  const value* followers = cause.get_object().if_contains("followers");
  if (followers == nullptr || !followers->is_array() || followers->get_array().empty()) return;
  out << "What followed:\n";
  for (const value& one : followers->get_array()) {
    if (one.is_object()) out << "  " << Whose(one) << ": " << FieldText(one, "sentence") << "\n";
  }
}

Result<int> Run(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  const std::string& job = invocation.positionals[0];
  MLENGINE_ASSIGN_OR_RETURN(const value answer,
                            api->Json("GET", api->OwnPath({"jobs", job, "explanation"})));
  if (invocation.Has("format")) {
    MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, answer));
    return kExitOk;
  }
  session.out << "Job [" << job << "] is " << TextAt(answer, "state") << ".\n";
  const value* cause = answer.as_object().if_contains("cause");
  if (cause != nullptr && cause->is_object()) {
    PrintCause(*cause, session.out);
    return kExitOk;
  }
  if (const auto* sentences = answer.as_object().if_contains("sentences")) {
    for (const value& one : sentences->as_array())
      session.out << std::string_view(one.as_string()) << "\n";
  }
  return kExitOk;
}

Command Explain(const char* path) {
  Command command;
  command.path = path;
  command.summary = "say why a job is where it is";
  command.description =
      "Says what a waiting job waits for, what a starting one is at, and why one failed: which "
      "replica first, when, by what evidence, and what followed. `jobs why` is the same.";
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
