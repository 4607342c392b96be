#include <boost/json.hpp>
#include <ostream>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/resource_calls.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

using boost::json::array;
using boost::json::value;

std::string PathOf(const Api& api, const Invocation& invocation) {
  return api.MlPath({"operations", LastPart(invocation.positionals[0])});
}

Result<int> RunList(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const array operations,
                            ListAll(*api, invocation, api->MlPath({"operations"}), "operations"));
  MLENGINE_RETURN_IF_ERROR(PrintList(invocation, session, operations,
                                     {{"NAME", "name", false, true},
                                      {"OPERATION_TYPE", "metadata.operationType"},
                                      {"DONE", "done"}}));
  return kExitOk;
}

Result<int> RunDescribe(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const value operation, api->Json("GET", PathOf(*api, invocation)));
  MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, operation));
  return kExitOk;
}

Result<int> RunWait(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(value operation, api->Json("GET", PathOf(*api, invocation)));
  MLENGINE_ASSIGN_OR_RETURN(const value response,
                            WaitForOperation(*api, session, std::move(operation)));
  MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, response));
  return kExitOk;
}

Result<int> RunCancel(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_RETURN_IF_ERROR(api->Json("POST", PathOf(*api, invocation) + ":cancel").status());
  return kExitOk;
}

Command OperationCommand(std::string_view path, std::string_view summary,
                         std::string_view description, std::string_view example) {
  Command command;
  command.path = path;
  command.summary = summary;
  command.description = description;
  command.positionals = {{"OPERATION", "Name of the operation."}};
  command.flags = {RegionFlag()};
  command.examples = {example};
  return command;
}

}  // namespace

Command OperationsListCommand() {
  Command command;
  command.path = "operations list";
  command.summary = "list operations, newest first";
  command.description = "Lists what was done to the project's models and versions.";
  command.flags = ListFlags();
  command.examples = {"mlengine operations list --filter='done=false'"};
  command.run = RunList;
  return command;
}

Command OperationsDescribeCommand() {
  Command command = OperationCommand(
      "operations describe", "show one operation", "Prints an operation and how it ended as YAML.",
      "mlengine operations describe create_flowers_v1-1514862245000");
  command.run = RunDescribe;
  return command;
}

Command OperationsWaitCommand() {
  Command command = OperationCommand("operations wait", "wait until an operation is done",
                                     "Prints what it made; ends with 1 when it failed.",
                                     "mlengine operations wait create_flowers_v1-1514862245000");
  command.run = RunWait;
  return command;
}

Command OperationsCancelCommand() {
  Command command = OperationCommand("operations cancel", "ask an operation to stop",
                                     "The version that it was making is FAILED then.",
                                     "mlengine operations cancel create_flowers_v1-1514862245000");
  command.run = RunCancel;
  return command;
}

}  // namespace mlengine::cli
