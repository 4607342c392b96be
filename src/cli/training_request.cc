#include "cli/training_request.h"

#include <boost/json.hpp>
#include <utility>

#include "cli/job_config.h"
#include "cli/object_client.h"
#include "cli/output.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

using boost::json::object;

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

std::vector<Flag> TrainingFlags() {
  std::vector<Flag> flags = {
      {"module-name", FlagKind::kText, "MODULE",
       "Name of the module to run, such as trainer.task."},
      {"package-path", FlagKind::kText, "DIR", "Folder of a Python package to build."},
      {"packages", FlagKind::kList, "PACKAGE,...", "Built packages: files or gs:// addresses."},
      {"job-dir", FlagKind::kText, "GS_URL",
       "Where the job's output goes; handed to the program as --job-dir."},
      {"staging-bucket", FlagKind::kText, "GS_URL",
       "Where packages are staged; under --job-dir unless given."},
      {"region", FlagKind::kText, "REGION",
       "Region; CLOUDSDK_COMPUTE_REGION, else that of --config, else us-central1."},
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
      {"enable-web-access", FlagKind::kSwitch, "", "Ask for interactive shells."},
      {"use-chief-in-tf-config",
       FlagKind::kChoice,
       "BOOL",
       "Name the primary chief.",
       {"true", "false"}},
      {"service-account", FlagKind::kText, "ACCOUNT", "Service account of the job."},
      {"network", FlagKind::kText, "NETWORK", "Network of the job."},
      {"kms-key", FlagKind::kText, "KEY", "Key that protects the job."}};
  AddRoleFlags(flags);
  return flags;
}

Result<object> TrainingJob(const Invocation& invocation, Session& session) {
  object job;
  if (invocation.Has("config")) {
    MLENGINE_ASSIGN_OR_RETURN(job, ReadJobConfig(invocation.Text("config")));
  }
  ApplyJobFlags(invocation, session.env("CLOUDSDK_COMPUTE_REGION").value_or(""), job);
  return job;
}

Result<JobPackages> CollectPackages(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(ScratchFolder scratch, ScratchFolder::Make());
  JobPackages out{std::move(scratch), {}, {}};
  for (const std::string& package : invocation.List("packages"))
    (IsGs(package) ? out.uris : out.local).push_back(package);
  if (!invocation.Has("package-path")) return out;
  const std::string python = session.env("MLENGINE_LOCAL_PYTHON").value_or("python3");
  MLENGINE_ASSIGN_OR_RETURN(
      const std::vector<std::string> built,
      BuildPackage(invocation.Text("package-path"), python, out.scratch.path()));
  out.local.insert(out.local.begin(), built.begin(), built.end());
  return out;
}

std::string StagingLocation(const Invocation& invocation, const object& job) {
  return invocation.Text("staging-bucket", FieldText(job, "trainingInput.jobDir"));
}

void SetPackages(const std::vector<std::string>& uris, object& job) {
  if (uris.empty()) return;
  job["trainingInput"].get_object()["packageUris"] = boost::json::array(uris.begin(), uris.end());
}

// The server names fields; in a file they have lines.
Status WithConfigLines(const Invocation& invocation, const Status& status) {
  if (!invocation.Has("config")) return status;
  const std::string lines = LinesNamed(invocation.Text("config"), status.message());
  return lines.empty() ? status : Status(status.code(), status.message() + "\n" + lines);
}

}  // namespace mlengine::cli
