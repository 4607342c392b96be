#include <boost/json.hpp>
#include <ostream>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/job_config.h"
#include "cli/output.h"
#include "cli/resource_calls.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

using boost::json::object;
using boost::json::value;

Result<int> RunGet(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(
      const value policy,
      api->Json("GET", api->MlPath({"models", invocation.positionals[0]}) + ":getIamPolicy"));
  MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, policy));
  return kExitOk;
}

Result<int> RunSet(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(
      object policy,
      ReadConfig(invocation.positionals[1], "POLICY_FILE names a file with a policy.",
                 "a policy is a map such as `bindings: [{role: roles/ml.modelUser, members: "
                 "[allUsers]}]`."));
  std::string mask = "bindings,etag";
  if (policy.contains("auditConfigs")) mask += ",auditConfigs";
  if (policy.contains("version")) mask += ",version";
  const value body = object{{"policy", std::move(policy)}, {"updateMask", mask}};
  MLENGINE_ASSIGN_OR_RETURN(
      const value set,
      api->Json("POST", api->MlPath({"models", invocation.positionals[0]}) + ":setIamPolicy",
                &body));
  if (!invocation.Has("quiet"))
    session.err << "Updated IAM policy for model [" << invocation.positionals[0] << "].\n";
  MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, set));
  return kExitOk;
}

}  // namespace

Command ModelsGetIamPolicyCommand() {
  Command command;
  command.path = "models get-iam-policy";
  command.summary = "show who may use a model";
  command.description =
      "Prints the access policy that was set for a model. This engine keeps it; nothing is refused "
      "by it yet.";
  command.positionals = {{"MODEL", "Name of the model."}};
  command.flags = {RegionFlag()};
  command.examples = {"mlengine models get-iam-policy flowers"};
  command.run = RunGet;
  return command;
}

Command ModelsSetIamPolicyCommand() {
  Command command;
  command.path = "models set-iam-policy";
  command.summary = "say who may use a model";
  command.description =
      "Sets the access policy of a model. With the etag of get-iam-policy in it nobody else's "
      "change is lost.";
  command.positionals = {{"MODEL", "Name of the model."},
                         {"POLICY_FILE", "The policy, in YAML or JSON."}};
  command.flags = {RegionFlag()};
  command.examples = {"mlengine models set-iam-policy flowers policy.json"};
  command.run = RunSet;
  return command;
}

}  // namespace mlengine::cli
