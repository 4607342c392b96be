#include <boost/json.hpp>
#include <ostream>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

Result<int> Run(const Invocation& invocation, Session& session) {
  const bool clear = invocation.Has("clear-labels");
  if (!clear && !invocation.Has("update-labels") && !invocation.Has("remove-labels")) {
    return InvalidArgumentError(
        "nothing to change. Give --update-labels, --remove-labels or --clear-labels.");
  }
  if (clear && invocation.Has("remove-labels")) {
    return InvalidArgumentError(
        "--clear-labels and --remove-labels exclude each other. Give one of them.");
  }
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  const std::string& name = invocation.positionals[0];
  MLENGINE_ASSIGN_OR_RETURN(const boost::json::value job,
                            api->Json("GET", api->MlPath({"jobs", name})));
  boost::json::object labels;
  const boost::json::value* old =
      job.is_object() ? job.get_object().if_contains("labels") : nullptr;
  if (!clear && old != nullptr && old->is_object()) labels = old->get_object();
  for (const auto& [key, value] : invocation.Pairs("update-labels")) labels[key] = value;
  for (const std::string& key : invocation.List("remove-labels")) labels.stable_erase(key);
  // The etag makes the change fail when somebody else has changed the job since it was read.
  boost::json::value body = {{"labels", std::move(labels)}};
  if (const std::string etag = TextAt(job, "etag"); !etag.empty()) body.get_object()["etag"] = etag;
  MLENGINE_ASSIGN_OR_RETURN(
      const boost::json::value updated,
      api->Json("PATCH", api->MlPath({"jobs", name}) + "?updateMask=labels", &body));
  if (!invocation.Has("quiet")) session.err << "Updated ml engine job [" << name << "].\n";
  if (invocation.Has("format")) MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, updated));
  return kExitOk;
}

}  // namespace

Command JobsUpdateCommand() {
  Command command;
  command.path = "jobs update";
  command.summary = "change a job's labels";
  command.description = "Changes the labels of a job; nothing else of a job can change.";
  command.positionals = {{"JOB", "Name of the job."}};
  command.flags = {{"update-labels", FlagKind::kPairs, "KEY=VALUE,...", "Labels to set."},
                   {"remove-labels", FlagKind::kList, "KEY,...", "Labels to take away."},
                   {"clear-labels", FlagKind::kSwitch, "",
                    "Take all labels away; --update-labels then sets the only ones."}};
  command.examples = {"mlengine jobs update my_job --update-labels=owner=alice,kind=trial",
                      "mlengine jobs update my_job --clear-labels"};
  command.run = Run;
  return command;
}

}  // namespace mlengine::cli
