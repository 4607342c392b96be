#include <boost/json.hpp>
#include <ostream>

#include "base/digest.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/job_config.h"
#include "cli/job_detail.h"
#include "cli/log_follow.h"
#include "cli/object_client.h"
#include "cli/output.h"
#include "cli/package.h"
#include "cli/session.h"
#include "cli/staging.h"

namespace mlengine::cli {
namespace {

using boost::json::object;
using boost::json::value;

// The job's packages as gs:// addresses; local ones are built and staged.
Result<std::vector<std::string>> Packages(const Invocation& invocation, Session& session, Api& api,
                                          const object& job) {
  std::vector<std::string> uris;
  std::vector<std::string> local;
  for (const std::string& package : invocation.List("packages"))
    (IsGs(package) ? uris : local).push_back(package);
  MLENGINE_ASSIGN_OR_RETURN(const ScratchFolder scratch, ScratchFolder::Make());
  if (invocation.Has("package-path")) {
    const std::string python = session.env("MLENGINE_LOCAL_PYTHON").value_or("python3");
    MLENGINE_ASSIGN_OR_RETURN(
        const std::vector<std::string> built,
        BuildPackage(invocation.Text("package-path"), python, scratch.path()));
    local.insert(local.begin(), built.begin(), built.end());
  }
  if (local.empty()) return uris;
  const std::string location =
      invocation.Text("staging-bucket", FieldText(job, "trainingInput.jobDir"));
  MLENGINE_ASSIGN_OR_RETURN(std::vector<std::string> staged,
                            StagePackages(api, session, local, location, invocation.Has("quiet")));
  staged.insert(staged.end(), uris.begin(), uris.end());
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

// The server names fields; in a file they have lines.
Status WithLines(const Invocation& invocation, const Status& status) {
  if (!invocation.Has("config")) return status;
  const std::string lines = LinesNamed(invocation.Text("config"), status.message());
  return lines.empty() ? status : Status(status.code(), status.message() + "\n" + lines);
}

Result<int> Run(const Invocation& invocation, Session& session) {
  if (invocation.Has("async") && invocation.Has("stream-logs")) {
    return InvalidArgumentError("--async and --stream-logs exclude each other. Give at most one.");
  }
  object job;
  if (invocation.Has("config")) {
    MLENGINE_ASSIGN_OR_RETURN(job, ReadJobConfig(invocation.Text("config")));
  }
  ApplyJobFlags(invocation, session.env("CLOUDSDK_COMPUTE_REGION").value_or("us-central1"), job);
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<std::string> packages,
                            Packages(invocation, session, *api, job));
  if (!packages.empty()) {
    job["trainingInput"].get_object()["packageUris"] =
        boost::json::array(packages.begin(), packages.end());
  }
  // A repeated call with this key gets the first answer again, so a lost answer cannot start a job
  // twice.
  net::Headers headers;
  headers.Set("Idempotency-Key", RandomHex(16));
  const value body = std::move(job);
  const Result<value> answer = api->Json("POST", api->MlPath({"jobs"}), &body, headers);
  if (!answer.ok()) return WithLines(invocation, answer.status());
  const value& created = *answer;
  PrintReceipt(invocation, session, *api, created);
  if (invocation.Has("stream-logs") && session.err_is_terminal && !invocation.Has("quiet"))
    session.err << "Ctrl-C stops following; the job goes on.\n";
  if (invocation.Has("stream-logs")) return FollowToEnd(invocation, session, *api);
  MLENGINE_RETURN_IF_ERROR(
      PrintOne(invocation, session, invocation.Has("format") ? created : Summary(created)));
  return kExitOk;
}

void AddRoleFlags(std::vector<Flag>& flags) {
  const auto text = [&](std::string_view name, std::string_view word, std::string_view help) {
    flags.push_back({name, FlagKind::kText, word, help});
  };
  text("master-machine-type", "TYPE",
       "Machine type of the master; needed with --scale-tier=custom.");
  text("worker-machine-type", "TYPE", "Machine type of the workers.");
  text("parameter-server-machine-type", "TYPE", "Machine type of the parameter servers.");
  text("master-image-uri", "IMAGE", "Container image of the master.");
  text("worker-image-uri", "IMAGE", "Container image of the workers.");
  text("parameter-server-image-uri", "IMAGE", "Container image of the parameter servers.");
  flags.push_back({"worker-count", FlagKind::kNumber, "N", "Number of workers."});
  flags.push_back(
      {"parameter-server-count", FlagKind::kNumber, "N", "Number of parameter servers."});
  flags.push_back(
      {"master-accelerator", FlagKind::kPairs, "count=N,type=TYPE", "The master's accelerators."});
  flags.push_back(
      {"worker-accelerator", FlagKind::kPairs, "count=N,type=TYPE", "Each worker's accelerators."});
  flags.push_back({"parameter-server-accelerator", FlagKind::kPairs, "count=N,type=TYPE",
                   "Each parameter server's accelerators."});
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
  command.flags = {
      {"module-name", FlagKind::kText, "MODULE",
       "Name of the module to run, such as trainer.task."},
      {"package-path", FlagKind::kText, "DIR", "Folder of a Python package to build."},
      {"packages", FlagKind::kList, "PACKAGE,...", "Built packages: files or gs:// addresses."},
      {"job-dir", FlagKind::kText, "GS_URL",
       "Where the job's output goes; handed to the program as --job-dir."},
      {"staging-bucket", FlagKind::kText, "GS_URL",
       "Where packages are staged; under --job-dir unless given."},
      {"region", FlagKind::kText, "REGION", "Region; CLOUDSDK_COMPUTE_REGION, else us-central1."},
      {"runtime-version", FlagKind::kText, "VERSION",
       "Runtime version; see `mlengine runtimes list`."},
      {"python-version", FlagKind::kText, "VERSION", "Python version, such as 3.7."},
      {"scale-tier",
       FlagKind::kChoice,
       "TIER",
       "Machine types and number of replicas.",
       {"basic", "basic-gpu", "basic-tpu", "custom", "premium-1", "standard-1"}},
      {"config", FlagKind::kText, "FILE", "A whole Job in YAML or JSON; flags win over it."},
      {"labels", FlagKind::kPairs, "KEY=VALUE,...", "Labels of the job."},
      {"budget", FlagKind::kText, "AMOUNT",
       "Most money the job may use, such as 5 or 2.50; it becomes the label mlengine-budget."},
      {"stream-logs", FlagKind::kSwitch, "",
       "Follow the log and end with the job: 0 when it SUCCEEDED, else 1."},
      {"async", FlagKind::kSwitch, "", "Return once the job is submitted; so it is anyway."},
      {"enable-web-access", FlagKind::kSwitch, "", "Ask for interactive shells."},
      {"use-chief-in-tf-config",
       FlagKind::kChoice,
       "BOOL",
       "Name the primary chief.",
       {"true", "false"}},
      {"service-account", FlagKind::kText, "ACCOUNT", "Service account of the job."},
      {"network", FlagKind::kText, "NETWORK", "Network of the job."},
      {"kms-key", FlagKind::kText, "KEY", "Key that protects the job."}};
  AddRoleFlags(command.flags);
  command.examples = {
      "mlengine jobs submit training my_job --module-name=trainer.task --package-path=trainer "
      "--job-dir=gs://my-bucket/my_job --region=us-central1 -- --epochs=3",
      "mlengine jobs submit training my_job --config=job.yaml --stream-logs"};
  command.run = Run;
  command.user_args = true;
  return command;
}

}  // namespace mlengine::cli
