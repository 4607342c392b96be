#include <boost/json.hpp>
#include <ostream>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/job_config.h"
#include "cli/output.h"
#include "cli/resource_calls.h"
#include "cli/session.h"
#include "cli/version_detail.h"
#include "cli/yaml_output.h"

namespace mlengine::cli {
namespace {

using boost::json::array;
using boost::json::value;

std::string PathOf(const Api& api, const Invocation& invocation) {
  return api.MlPath(
      {"models", LastPart(invocation.Text("model")), "versions", invocation.positionals[0]});
}

Result<int> RunList(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(
      const array versions,
      ListAll(*api, invocation,
              api->MlPath({"models", LastPart(invocation.Text("model")), "versions"}), "versions"));
  MLENGINE_RETURN_IF_ERROR(PrintList(
      invocation, session, versions,
      {{"NAME", "name", false, true}, {"DEPLOYMENT_URI", "deploymentUri"}, {"STATE", "state"}}));
  return kExitOk;
}

Result<int> RunDescribe(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(value version, api->Json("GET", PathOf(*api, invocation)));
  boost::json::object detail =
      VersionDetail(*api, LastPart(invocation.Text("model")), invocation.positionals[0]);
  if (!invocation.Has("format")) {
    // The API's fields as gcloud prints them, and ours behind them.
    MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, version));
    if (!detail.empty()) session.out << ToYaml(boost::json::object{{"mlengine", detail}});
    return kExitOk;
  }
  if (!detail.empty() && version.is_object()) version.get_object()["mlengine"] = std::move(detail);
  MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, version));
  return kExitOk;
}

// --config of an update: what of it may change.
Result<std::vector<std::pair<std::string, value>>> ConfigChanges(const Invocation& invocation) {
  std::vector<std::pair<std::string, value>> changes;
  if (!invocation.Has("config")) return changes;
  MLENGINE_ASSIGN_OR_RETURN(
      const boost::json::object config,
      ReadConfig(invocation.Text("config"), "--config names a file with a version.",
                 "a version is a map such as `autoScaling: {minNodes: 1}`."));
  for (const auto& [key, field] : config) {
    const std::string name(key);
    if (name == "autoScaling" && field.is_object()) {
      for (const auto& [inner, number] : field.get_object())
        changes.emplace_back(name + "." + std::string(inner), number);
    } else if (name == "manualScaling" && field.is_object()) {
      for (const auto& [inner, number] : field.get_object())
        changes.emplace_back(name + "." + std::string(inner), number);
    } else if (name != "description" || !invocation.Has("description")) {
      changes.emplace_back(name, field);
    }
  }
  return changes;
}

Result<int> RunUpdate(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const auto changes, ConfigChanges(invocation));
  MLENGINE_ASSIGN_OR_RETURN(const value version, UpdateResource(*api, invocation, session,
                                                                PathOf(*api, invocation), changes));
  if (!invocation.Has("quiet"))
    session.err << "Updated version [" << invocation.positionals[0] << "].\n";
  if (invocation.Has("format")) MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, version));
  return kExitOk;
}

Result<int> RunSetDefault(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  const value nothing = boost::json::object();
  MLENGINE_ASSIGN_OR_RETURN(const value version,
                            api->Json("POST", PathOf(*api, invocation) + ":setDefault", &nothing));
  MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, version));
  return kExitOk;
}

Result<int> RunDelete(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(value operation, api->Json("DELETE", PathOf(*api, invocation)));
  if (invocation.Has("async")) {
    MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, operation));
    return kExitOk;
  }
  MLENGINE_RETURN_IF_ERROR(WaitForOperation(*api, session, std::move(operation)).status());
  if (!invocation.Has("quiet"))
    session.err << "Deleted version [" << invocation.positionals[0] << "].\n";
  return kExitOk;
}

const Positional kVersion = {"VERSION", "Name of the version."};

Flag ModelFlag() {
  return {.name = "model",
          .kind = FlagKind::kText,
          .value = "MODEL",
          .help = "Name of the model.",
          .required = true};
}

}  // namespace

Command VersionsListCommand() {
  Command command;
  command.path = "versions list";
  command.summary = "list a model's versions by name";
  command.description = "Lists the versions of a model, where they came from and their states.";
  command.flags = ListFlags();
  command.flags.insert(command.flags.begin(), ModelFlag());
  command.examples = {"mlengine versions list --model=flowers"};
  command.run = RunList;
  return command;
}

Command VersionsDescribeCommand() {
  Command command;
  command.path = "versions describe";
  command.summary = "show one version";
  command.description = "Prints a version as YAML; errorMessage says why one FAILED.";
  command.positionals = {kVersion};
  command.flags = {ModelFlag(), RegionFlag()};
  command.examples = {"mlengine versions describe v1 --model=flowers"};
  command.run = RunDescribe;
  return command;
}

Command VersionsUpdateCommand() {
  Command command;
  command.path = "versions update";
  command.summary = "change a version's description, labels and scaling";
  command.description =
      "Changes what a version says of itself, and how it scales. Its files cannot be changed: make "
      "another version.";
  command.positionals = {kVersion};
  command.flags = UpdateFlags();
  command.flags.insert(command.flags.begin(), ModelFlag());
  command.flags.push_back({"config", FlagKind::kText, "FILE",
                           "YAML or JSON with what is to change, such as `autoScaling: "
                           "{minNodes: 1}`."});
  command.examples = {"mlengine versions update v1 --model=flowers --description=retrained"};
  command.run = RunUpdate;
  return command;
}

Command VersionsSetDefaultCommand() {
  Command command;
  command.path = "versions set-default";
  command.summary = "have a version answer where none is named";
  command.description = "Makes a version that is READY its model's default.";
  command.positionals = {kVersion};
  command.flags = {ModelFlag(), RegionFlag()};
  command.examples = {"mlengine versions set-default v2 --model=flowers"};
  command.run = RunSetDefault;
  return command;
}

Command VersionsDeleteCommand() {
  Command command;
  command.path = "versions delete";
  command.summary = "delete a version and its files";
  command.description =
      "Deletes a version. The default version can be deleted only when it is the model's last.";
  command.positionals = {kVersion};
  command.flags = {ModelFlag(), AsyncFlag(), RegionFlag()};
  command.examples = {"mlengine versions delete v1 --model=flowers"};
  command.run = RunDelete;
  return command;
}

}  // namespace mlengine::cli
