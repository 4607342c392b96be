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
using boost::json::object;
using boost::json::value;

Result<int> RunCreate(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  object model = {{"name", invocation.positionals[0]}};
  array regions;
  for (const std::string& region : invocation.List("regions")) regions.emplace_back(region);
  if (!regions.empty()) model["regions"] = std::move(regions);
  if (invocation.Has("description")) model["description"] = invocation.Text("description");
  if (invocation.Has("enable-logging")) model["onlinePredictionLogging"] = true;
  if (invocation.Has("enable-console-logging")) model["onlinePredictionConsoleLogging"] = true;
  object labels;
  for (const auto& [key, text] : invocation.Pairs("labels")) labels[key] = text;
  if (!labels.empty()) model["labels"] = std::move(labels);
  const value body(std::move(model));
  MLENGINE_ASSIGN_OR_RETURN(const value created, api->Json("POST", api->MlPath({"models"}), &body));
  if (!invocation.Has("quiet"))
    session.err << "Created ml engine model [" << TextAt(created, "name") << "].\n";
  if (invocation.Has("format")) MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, created));
  return kExitOk;
}

Result<int> RunList(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const array models,
                            ListAll(*api, invocation, api->MlPath({"models"}), "models"));
  MLENGINE_RETURN_IF_ERROR(
      PrintList(invocation, session, models,
                {{"NAME", "name", false, true},
                 {"DEFAULT_VERSION_NAME", "defaultVersion.name", false, true}}));
  return kExitOk;
}

Result<int> RunDescribe(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const value model,
                            api->Json("GET", api->MlPath({"models", invocation.positionals[0]})));
  MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, model));
  return kExitOk;
}

Result<int> RunUpdate(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  const std::string& name = invocation.positionals[0];
  MLENGINE_ASSIGN_OR_RETURN(
      const value model, UpdateResource(*api, invocation, session, api->MlPath({"models", name})));
  if (!invocation.Has("quiet")) session.err << "Updated ml engine model [" << name << "].\n";
  if (invocation.Has("format")) MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, model));
  return kExitOk;
}

Result<int> RunDelete(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  const std::string& name = invocation.positionals[0];
  MLENGINE_ASSIGN_OR_RETURN(value operation, api->Json("DELETE", api->MlPath({"models", name})));
  MLENGINE_RETURN_IF_ERROR(WaitForOperation(*api, session, std::move(operation)).status());
  if (!invocation.Has("quiet")) session.err << "Deleted model [" << name << "].\n";
  return kExitOk;
}

const Positional kModel = {"MODEL", "Name of the model."};

}  // namespace

Command ModelsCreateCommand() {
  Command command;
  command.path = "models create";
  command.summary = "make a model";
  command.description =
      "Makes a model: a name under which versions of a trained model are served. `versions create` "
      "gives it its first version.";
  command.positionals = {kModel};
  command.flags = {{"regions", FlagKind::kList, "REGION", "Where it is served; else us-central1."},
                   {"description", FlagKind::kText, "TEXT", "What it is."},
                   {"labels", FlagKind::kPairs, "KEY=VALUE,...", "Labels of the model."},
                   {"enable-logging", FlagKind::kSwitch, "", "Log every online prediction."},
                   {"enable-console-logging", FlagKind::kSwitch, "", "Log what its servers print."},
                   RegionFlag()};
  command.examples = {"mlengine models create flowers --regions=us-central1"};
  command.run = RunCreate;
  return command;
}

Command ModelsListCommand() {
  Command command;
  command.path = "models list";
  command.summary = "list models by name";
  command.description = "Lists the project's models and their default versions.";
  command.flags = ListFlags();
  command.examples = {"mlengine models list"};
  command.run = RunList;
  return command;
}

Command ModelsDescribeCommand() {
  Command command;
  command.path = "models describe";
  command.summary = "show one model";
  command.description = "Prints a model and its default version as YAML.";
  command.positionals = {kModel};
  command.flags = {RegionFlag()};
  command.examples = {"mlengine models describe flowers"};
  command.run = RunDescribe;
  return command;
}

Command ModelsUpdateCommand() {
  Command command;
  command.path = "models update";
  command.summary = "change a model's description and labels";
  command.description =
      "Changes what a model says of itself. `versions set-default` changes which "
      "of its versions answers.";
  command.positionals = {kModel};
  command.flags = UpdateFlags();
  command.examples = {"mlengine models update flowers --update-labels=owner=alice"};
  command.run = RunUpdate;
  return command;
}

Command ModelsDeleteCommand() {
  Command command;
  command.path = "models delete";
  command.summary = "delete a model that has no versions";
  command.description = "Deletes a model. Its versions must have been deleted before.";
  command.positionals = {kModel};
  command.flags = {RegionFlag()};
  command.examples = {"mlengine models delete flowers"};
  command.run = RunDelete;
  return command;
}

}  // namespace mlengine::cli
