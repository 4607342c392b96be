#include <boost/json.hpp>
#include <ostream>

#include "base/digest.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/job_detail.h"
#include "cli/log_follow.h"
#include "cli/object_client.h"
#include "cli/output.h"
#include "cli/plan.h"
#include "cli/session.h"
#include "cli/staging.h"
#include "cli/training_request.h"

namespace mlengine::cli {
namespace {

using boost::json::object;
using boost::json::value;

// The job's packages as gs:// addresses; local ones are staged.
Result<std::vector<std::string>> Stage(const Invocation& invocation, Session& session, Api& api,
                                       const object& job, const JobPackages& packages) {
  if (packages.local.empty()) return packages.uris;
  MLENGINE_ASSIGN_OR_RETURN(
      std::vector<std::string> staged,
      StagePackages(api, session, packages.local, StagingLocation(invocation, job),
                    invocation.Has("quiet")));
  staged.insert(staged.end(), packages.uris.begin(), packages.uris.end());
  return staged;
}

void PrintReceipt(const Invocation& invocation, Session& session, Api& api, const value& job) {
  if (invocation.Has("quiet")) return;
  const std::string id = TextAt(job, "jobId");
  const auto input = [&](std::string_view field, const char* fallback) {
    const std::string text = FieldText(job, "trainingInput." + std::string(field));
    return text.empty() ? fallback : text;
  };
  session.err << "Job [" << id << "] submitted successfully.\n"
              << "  region   " << input("region", "-") << "\n"
              << "  runtime  " << input("runtimeVersion", "the server's default") << "\n"
              << "  tier     " << input("scaleTier", "BASIC") << "\n";
  session.err.flush();  // the job is safe, whatever becomes of the question that follows
  const object detail = JobDetail(api, id);
  for (const std::string& line : PriceLines(detail)) session.err << "  " << line << "\n";
  for (const std::string& text : BudgetTexts(detail)) session.err << "  budget   " << text << "\n";
  session.err << "  follow   mlengine jobs stream-logs " << id << "\n"
              << "  cancel   mlengine jobs cancel " << id << "\n"
              << "  open     " << api.endpoint() << "/ui/jobs/" << PercentEncode(id)
              << "?project=" << PercentEncode(api.project()) << "\n";
  session.err.flush();
}

// What gcloud prints of a job after submitting it.
value Summary(const value& job) {
  object out;
  for (const char* field : {"jobId", "state", "startTime", "endTime"}) {
    if (const std::string text = TextAt(job, field); !text.empty()) out[field] = text;
  }
  return out;
}

Result<int> FollowToEnd(const Invocation& invocation, Session& session, Api& api) {
  FollowRequest follow;
  follow.job = invocation.positionals[0];
  follow.look.fold = session.err_is_terminal;
  follow.look.color = session.err_is_terminal && !session.env("NO_COLOR");
  MLENGINE_ASSIGN_OR_RETURN(const std::string state, FollowJob(api, session, session.err, follow));
  MLENGINE_ASSIGN_OR_RETURN(const value job, api.Json("GET", api.MlPath({"jobs", follow.job})));
  MLENGINE_RETURN_IF_ERROR(
      PrintOne(invocation, session, invocation.Has("format") ? job : Summary(job)));
  return state == "SUCCEEDED" ? kExitOk : kExitFailed;
}

Result<int> Run(const Invocation& invocation, Session& session) {
  if (invocation.Has("async") && invocation.Has("stream-logs")) {
    return InvalidArgumentError("--async and --stream-logs exclude each other. Give at most one.");
  }
  MLENGINE_ASSIGN_OR_RETURN(object job, TrainingJob(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const JobPackages packages, CollectPackages(invocation, session));
  if (invocation.Has("dry-run")) return DryRun(invocation, session, *api, std::move(job), packages);
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<std::string> uris,
                            Stage(invocation, session, *api, job, packages));
  SetPackages(uris, job);
  // A repeated call with this key gets the first answer again, so a lost answer cannot start a job
  // twice.
  net::Headers headers;
  headers.Set("Idempotency-Key", RandomHex(16));
  const value body = std::move(job);
  const Result<value> answer = api->Json("POST", api->MlPath({"jobs"}), &body, headers);
  if (!answer.ok()) return WithConfigLines(invocation, answer.status());
  const value& created = *answer;
  PrintReceipt(invocation, session, *api, created);
  if (invocation.Has("stream-logs") && session.err_is_terminal && !invocation.Has("quiet"))
    session.err << "Ctrl-C stops following; the job goes on.\n";
  if (invocation.Has("stream-logs")) return FollowToEnd(invocation, session, *api);
  MLENGINE_RETURN_IF_ERROR(
      PrintOne(invocation, session, invocation.Has("format") ? created : Summary(created)));
  return kExitOk;
}

}  // namespace

Command JobsSubmitTrainingCommand() {
  Command command;
  command.path = "jobs submit training";
  command.summary = "submit a training job";
  command.description =
      "Builds the package, stages it under its hash, and submits the job. With a setup.py or "
      "pyproject.toml beside the "
      "package that builds it, else a generated one. Nothing is written into your folders. What is "
      "staged already is "
      "not sent again.";
  command.positionals = {
      {"JOB", "Name of the job: a letter, then letters, digits and underscores."}};
  command.flags = TrainingFlags();
  command.flags.insert(
      command.flags.end(),
      {{"stream-logs", FlagKind::kSwitch, "",
        "Follow the log and end with the job: 0 when it SUCCEEDED, else 1."},
       {"async", FlagKind::kSwitch, "", "Return once the job is submitted; so it is anyway."},
       {"dry-run", FlagKind::kSwitch, "",
        "Check everything and print replicas, machines and price; upload and start nothing."}});
  command.examples = {
      "mlengine jobs submit training my_job --module-name=trainer.task --package-path=trainer "
      "--job-dir=gs://my-bucket/my_job --region=us-central1 -- --epochs=3",
      "mlengine jobs submit training my_job --config=job.yaml --stream-logs",
      "mlengine jobs submit training my_job --config=job.yaml --dry-run"};
  command.run = Run;
  command.user_args = true;
  return command;
}

}  // namespace mlengine::cli
