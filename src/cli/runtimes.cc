#include <boost/json.hpp>
#include <ostream>

#include "base/digest.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/line_splitter.h"
#include "cli/output.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

constexpr char kPath[] = "/mlengine/v1/runtimes";

Result<int> RunList(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const boost::json::value answer, api->Json("GET", kPath));
  const boost::json::value* runtimes =
      answer.is_object() ? answer.get_object().if_contains("runtimes") : nullptr;
  const boost::json::array none;
  MLENGINE_RETURN_IF_ERROR(
      PrintList(invocation, session,
                runtimes != nullptr && runtimes->is_array() ? runtimes->get_array() : none,
                {{"RUNTIME", "name"},
                 {"STATE", "state"},
                 {"PYTHON", "pythonVersions"},
                 {"FRAMEWORK", "framework"},
                 {"RELEASED", "released"},
                 {"NOTE", "reason"}}));
  return kExitOk;
}

Result<int> RunDescribe(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(
      const boost::json::value answer,
      api->Json("GET", std::string(kPath) + "/" + PercentEncode(invocation.positionals[0])));
  MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, answer));
  return kExitOk;
}

std::string PythonQuery(const Invocation& invocation) {
  const std::string python = invocation.Text("python-version");
  return python.empty() ? "" : "?pythonVersion=" + PercentEncode(python);
}

Flag PythonFlag(std::string_view help) {
  return {"python-version", FlagKind::kText, "VERSION", help};
}

Result<int> RunUninstall(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  const std::string& name = invocation.positionals[0];
  MLENGINE_ASSIGN_OR_RETURN(const boost::json::value answer,
                            api->Json("DELETE", std::string(kPath) + "/" + PercentEncode(name) +
                                                    PythonQuery(invocation)));
  if (invocation.Has("quiet")) return kExitOk;
  std::string pythons = FieldText(answer, "pythonVersions");
  session.err << "Uninstalled runtime [" << name << "]"
              << (pythons.empty() ? "" : " (Python " + pythons + ")") << ".\n";
  return kExitOk;
}

// Prints progress lines as they come; the last line says how it ended.
Result<int> RunInstall(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  const std::string& name = invocation.positionals[0];
  net::ClientRequest request;
  request.method = "POST";
  request.target =
      std::string(kPath) + "/" + PercentEncode(name) + ":install" + PythonQuery(invocation);
  bool done = false;
  Status failed;
  LineSplitter lines([&](std::string_view line) {
    boost::system::error_code bad;
    const boost::json::value item = boost::json::parse(line, bad);
    if (bad || !item.is_object()) return;
    if (item.get_object().contains("done")) done = true;
    if (item.get_object().contains("error")) {
      failed = ErrorFromResponse({500, {}, std::string(line)});
    } else if (item.get_object().contains("line") && !invocation.Has("quiet")) {
      session.err << TextAt(item, "line") << std::endl;
    }
  });
  const auto on_data = [&](std::string_view bytes) {
    lines.Add(bytes);
    return true;
  };
  MLENGINE_ASSIGN_OR_RETURN(const auto response,
                            api->Stream(request, on_data, std::chrono::minutes(10)));
  if (response.status / 100 != 2) return ErrorFromResponse(response);
  lines.Finish();
  if (!failed.ok()) return failed;
  if (!done)
    return DataLossError("the server stopped before runtime " + name +
                         " was installed; run this again");
  if (!invocation.Has("quiet")) session.err << "Installed runtime [" << name << "].\n";
  return kExitOk;
}

}  // namespace

Command RuntimesListCommand() {
  Command command;
  command.path = "runtimes list";
  command.summary = "list the runtime versions";
  command.description = "Lists the Python environments that jobs can name with --runtime-version.";
  command.examples = {"mlengine runtimes list"};
  command.run = RunList;
  return command;
}

Command RuntimesDescribeCommand() {
  Command command;
  command.path = "runtimes describe";
  command.summary = "show one runtime version";
  command.description =
      "Shows what a runtime version holds and where it lies. derivedRequirements are pins that are "
      "not known of the original but found by the date of its release.";
  command.positionals = {{"RUNTIME", "Name of the runtime version."}};
  command.examples = {"mlengine runtimes describe system"};
  command.run = RunDescribe;
  return command;
}

Command RuntimesInstallCommand() {
  Command command;
  command.path = "runtimes install";
  command.summary = "build a runtime version on the server's machine";
  command.description =
      "Builds the environment of a runtime version from its pinned packages and shows the "
      "progress. The interpreter is found on PATH, in /usr/bin or among pyenv's versions. One "
      "runtime version may be installed with several Pythons.";
  command.positionals = {{"RUNTIME", "Name of the runtime version."}};
  command.flags = {
      PythonFlag("Python to build it with, such as 3.6; by default the first of the "
                 "runtime's that this machine has.")};
  command.examples = {"mlengine runtimes install 2.19",
                      "mlengine runtimes install 1.4 --python-version 2.7"};
  command.run = RunInstall;
  return command;
}

Command RuntimesUninstallCommand() {
  Command command;
  command.path = "runtimes uninstall";
  command.summary = "remove a runtime version from the server's machine";
  command.description =
      "Removes the environments of a runtime version. Refused while a job that has not ended needs "
      "one of them.";
  command.positionals = {{"RUNTIME", "Name of the runtime version."}};
  command.flags = {PythonFlag("Remove the environment with this Python alone, such as 3.6.")};
  command.examples = {"mlengine runtimes uninstall 1.4"};
  command.run = RunUninstall;
  return command;
}

}  // namespace mlengine::cli
