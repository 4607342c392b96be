#include <boost/json.hpp>
#include <ostream>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

// The types that a location's jobs may ask for, "none" where there are no devices.
std::string Accelerators(const value& location) {
  std::string out;
  const value* capabilities = location.get_object().if_contains("capabilities");
  if (capabilities == nullptr || !capabilities->is_array()) return "none";
  for (const value& capability : capabilities->get_array()) {
    const value* types = capability.is_object()
                             ? capability.get_object().if_contains("availableAccelerators")
                             : nullptr;
    if (types == nullptr || !types->is_array()) continue;
    for (const value& type : types->get_array()) {
      if (type.is_string()) out += (out.empty() ? "" : ",") + std::string(type.get_string());
    }
  }
  return out.empty() ? "none" : out;
}

Result<int> RunList(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const value answer, api->Json("GET", api->MlPath({"locations"})));
  array locations;
  const value* listed = answer.is_object() ? answer.get_object().if_contains("locations") : nullptr;
  if (listed != nullptr && listed->is_array()) {
    for (const value& one : listed->get_array()) {
      if (!one.is_object()) continue;
      object shown = one.get_object();
      const std::string name = TextAt(one, "name");
      // What a table has, beside what the resource tells.
      shown["region"] = name.substr(name.rfind('/') + 1);
      shown["accelerators"] = Accelerators(one);
      locations.emplace_back(std::move(shown));
    }
  }
  MLENGINE_RETURN_IF_ERROR(PrintList(invocation, session, locations,
                                     {{"REGION", "region"}, {"ACCELERATORS", "accelerators"}}));
  return kExitOk;
}

Result<int> RunDescribe(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(
      const value location,
      api->Json("GET", api->MlPath({"locations", invocation.positionals[0]})));
  MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, location));
  return kExitOk;
}

}  // namespace

Command LocationsListCommand() {
  Command command;
  command.path = "locations list";
  command.summary = "list the regions that take jobs";
  command.description =
      "Lists the regions whose jobs this server runs, and the accelerators that they may ask for.";
  command.examples = {"mlengine locations list"};
  command.run = RunList;
  return command;
}

Command LocationsDescribeCommand() {
  Command command;
  command.path = "locations describe";
  command.summary = "show one region";
  command.description = "Prints what a region's jobs may ask for.";
  command.positionals = {{"REGION", "Name of the region, such as us-central1."}};
  command.examples = {"mlengine locations describe us-central1"};
  command.run = RunDescribe;
  return command;
}

}  // namespace mlengine::cli
