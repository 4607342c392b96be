#include <boost/json.hpp>
#include <ostream>

#include "base/digest.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

const array& ListAt(const value& answer, std::string_view name) {
  static const array none;
  const value* list = answer.is_object() ? answer.get_object().if_contains(name) : nullptr;
  return list != nullptr && list->is_array() ? list->get_array() : none;
}

Result<value> GetQuotas(const Invocation& invocation, Session& session, Api& api) {
  const std::string region =
      invocation.Text("region", session.env("CLOUDSDK_COMPUTE_REGION").value_or("us-central1"));
  return api.Json("GET", api.OwnPath({"quotas"}) + "?region=" + PercentEncode(region));
}

Result<int> RunList(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const value answer, GetQuotas(invocation, session, *api));
  MLENGINE_RETURN_IF_ERROR(PrintList(invocation, session, ListAt(answer, "quotas"),
                                     {{"QUOTA", "quota"},
                                      {"REGION", "region"},
                                      {"USED", "used"},
                                      {"LIMIT", "limit"},
                                      {"FROM", "source"}}));
  if (!invocation.Has("quiet") && !invocation.Has("format")) {
    session.err << "Profile [" << TextAt(answer, "profile")
                << "]: " << TextAt(answer, "description") << "\n";
  }
  return kExitOk;
}

Result<int> RunSet(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  const std::string& quota = invocation.positionals[0];
  const std::string& limit = invocation.positionals[1];
  const std::string region = invocation.Text("region");
  object body{{"limit", limit}};
  if (!region.empty()) body["region"] = region;
  const value request = std::move(body);
  MLENGINE_RETURN_IF_ERROR(api->Json("PUT", api->OwnPath({"quotas", quota}), &request).status());
  if (!invocation.Has("quiet")) {
    session.err << "Quota [" << quota << "] of project [" << api->project() << "] is " << limit
                << (region.empty() ? "" : " in region [" + region + "]") << ".\n";
  }
  return kExitOk;
}

Result<int> RunProfile(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  if (!invocation.positionals.empty()) {
    const value request = object{{"profile", invocation.positionals[0]}};
    MLENGINE_RETURN_IF_ERROR(
        api->Json("POST", api->OwnPath({"quotas"}) + ":profile", &request).status());
  }
  MLENGINE_ASSIGN_OR_RETURN(const value answer, GetQuotas(invocation, session, *api));
  if (invocation.positionals.empty()) {
    MLENGINE_RETURN_IF_ERROR(PrintList(invocation, session, ListAt(answer, "profiles"),
                                       {{"PROFILE", "profile"}, {"MEANS", "description"}}));
  }
  if (!invocation.Has("quiet")) {
    session.err << "Project [" << api->project() << "] has profile [" << TextAt(answer, "profile")
                << "]: " << TextAt(answer, "description") << "\n";
  }
  return kExitOk;
}

}  // namespace

Command QuotasListCommand() {
  Command command;
  command.path = "quotas list";
  command.summary = "show what the project may use at once";
  command.description =
      "Lists the project's quotas in one region: how much its running jobs use, how much they may, "
      "and where the limit comes from: set by itself, the profile, the engine's default, or what "
      "the pool has. A job that could never fit is refused; one that does not fit now waits.";
  command.flags = {{"region", FlagKind::kText, "REGION",
                    "The region; CLOUDSDK_COMPUTE_REGION, else us-central1."}};
  command.examples = {"mlengine quotas list",
                      "mlengine quotas list --region=europe-west1 --format=json"};
  command.run = RunList;
  return command;
}

Command QuotasSetCommand() {
  Command command;
  command.path = "quotas set";
  command.summary = "change one quota of the project";
  command.description =
      "Sets a quota: jobs, vcpus, creates-per-minute, an accelerator such as k80, log-days, for "
      "how "
      "many days the logs of ended jobs are kept, or python-models, whether versions of models may "
      "run code of their own (pickles and prediction routines: unlimited, or 0). It holds for "
      "jobs that are created or start from now on. An accelerator's quota may be more than there "
      "are: such jobs wait, and `mlengine jobs explain` says so.";
  command.positionals = {{"QUOTA", "Name of the quota, as `mlengine quotas list` shows it."},
                         {"LIMIT", "A whole number, `unlimited`, or `default` to unset it."}};
  command.flags = {{"region", FlagKind::kText, "REGION",
                    "Only in this region; else in all that have no setting of their own."}};
  command.examples = {"mlengine quotas set vcpus 100 --region=us-central1",
                      "mlengine quotas set creates-per-minute unlimited",
                      "mlengine quotas set log-days 90",
                      "mlengine quotas set python-models unlimited"};
  command.run = RunSet;
  return command;
}

Command QuotasProfileCommand() {
  Command command;
  command.path = "quotas profile";
  command.summary = "choose the project's quotas together";
  command.description =
      "Takes the quotas of a profile for the project and drops those that were set by themselves; "
      "without PROFILE it lists the profiles.";
  command.positionals = {{"PROFILE", "One of default, none, free, paid and original.", false}};
  command.examples = {"mlengine quotas profile free", "mlengine quotas profile"};
  command.run = RunProfile;
  return command;
}

}  // namespace mlengine::cli
