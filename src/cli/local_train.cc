#include <filesystem>
#include <ostream>

#include "cli/commands.h"
#include "cli/local_python.h"
#include "cli/process_family.h"
#include "cli/session.h"
#include "model/tf_config.h"

namespace mlengine::cli {
namespace {

constexpr int kGraceMs = 5'000;

// "master" with TensorFlow 1, else "chief". Asks the Python for the version alone: importing
// TensorFlow takes seconds.
std::string PrimaryName(const std::string& python, Session& session) {
  static constexpr char kScript[] =
      "try:\n"
      "  from importlib.metadata import version\n"
      "except ImportError:\n"
      "  from pkg_resources import get_distribution\n"
      "  version = lambda name: get_distribution(name).version\n"
      "for name in ('tensorflow', 'tensorflow-cpu', 'tensorflow-gpu', 'tf-nightly'):\n"
      "  try:\n"
      "    print(version(name))\n"
      "    break\n"
      "  except Exception:\n"
      "    pass\n";
  LocalProcess ask;
  ask.words = {python, "-c", kScript};
  const Result<std::string> version = OutputOf(ask, false);
  if (version.ok() && version->rfind("1.", 0) == 0) return "master";
  if (!version.ok() || version->empty()) {
    session.err << "WARNING: " << python
                << " has no TensorFlow; the cluster's primary is named \"chief\".\n";
  }
  return "chief";
}

struct LocalCluster {
  std::string primary = "chief";  // "master" with TensorFlow 1
  int start_port = 27182;         // the primary's; parameter servers and workers follow
  int parameter_servers = 0;
  int workers = 0;

  model::ClusterSpec Spec() const {
    int port = start_port;
    model::ClusterSpec spec;
    const auto add = [&](const std::string& role, int count) {
      std::vector<std::string> addresses;
      for (int i = 0; i < count; ++i) addresses.push_back("localhost:" + std::to_string(port++));
      spec.roles.emplace_back(role, std::move(addresses));
    };
    add(primary, 1);
    add("ps", parameter_servers);
    add("worker", workers);
    return spec;
  }
};

struct Plan {
  std::string python;
  std::string module;
  std::string folder;
  std::vector<std::string> args;
  LocalCluster cluster;
  int evaluators = 0;
  bool distributed = false;

  LocalProcess Process(std::string_view type, int index) const {
    LocalProcess process;
    process.words = {python, "-m", module};
    process.words.insert(process.words.end(), args.begin(), args.end());
    process.folder = folder;
    std::optional<model::TfTask> task;
    std::optional<model::ClusterSpec> spec;
    if (distributed) {
      task = model::TfTask{std::string(type), index, ""};
      spec = cluster.Spec();
    }
    process.environment = {
        {"TF_CONFIG", model::TfConfig(model::LocalJobJson(module, args), task, spec)}};
    return process;
  }
};

Result<Plan> PlanOf(const Invocation& invocation, Session& session) {
  namespace fs = std::filesystem;
  Plan plan;
  MLENGINE_ASSIGN_OR_RETURN(plan.python, PythonFor(invocation, session));
  plan.module = invocation.Text("module-name");
  std::error_code failed;
  const std::string given = invocation.Text("package-path", ".");
  fs::path package = fs::absolute(given, failed).lexically_normal();
  if (!package.has_filename())
    package = package.parent_path();  // "trainer/" and "." end in an empty name
  if (!fs::is_directory(package, failed)) {
    return NotFoundError("[" + given +
                         "] is not a folder. --package-path names the package's folder.");
  }
  plan.folder = package.parent_path().string();
  plan.args = invocation.user_args;
  if (invocation.Has("job-dir")) {
    plan.args.emplace_back("--job-dir");
    plan.args.push_back(invocation.Text("job-dir"));
  }
  plan.distributed = invocation.Has("distributed");
  plan.cluster.parameter_servers =
      static_cast<int>(invocation.Number("parameter-server-count").value_or(2));
  plan.cluster.workers = static_cast<int>(invocation.Number("worker-count").value_or(2));
  plan.cluster.start_port = static_cast<int>(invocation.Number("start-port").value_or(27182));
  plan.evaluators = static_cast<int>(invocation.Number("evaluator-count").value_or(0));
  const int last_port =
      plan.cluster.start_port + plan.cluster.parameter_servers + plan.cluster.workers;
  if (plan.distributed && (plan.cluster.start_port < 1 || last_port > 65535)) {
    return InvalidArgumentError("ports " + std::to_string(plan.cluster.start_port) + " to " +
                                std::to_string(last_port) +
                                " do not exist. Choose another --start-port.");
  }
  return plan;
}

Result<int> Run(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(Plan plan, PlanOf(invocation, session));
  for (const char* flag : {"parameter-server-count", "worker-count"}) {
    if (!plan.distributed && invocation.Number(flag).value_or(0) > 0) {
      session.err << "WARNING: --" << flag
                  << " is ignored if --distributed is not provided.\nDid you mean to run "
                     "distributed training?\n";
    }
  }
  if (plan.distributed) plan.cluster.primary = PrimaryName(plan.python, session);
  session.out.flush();
  session.err.flush();
  ProcessFamily family;
  const auto start = [&](std::string_view type, int count) -> Status {
    for (int i = 0; i < count; ++i)
      MLENGINE_RETURN_IF_ERROR(family.Start(plan.Process(type, i), true).status());
    return OkStatus();
  };
  if (plan.distributed) {
    MLENGINE_RETURN_IF_ERROR(start("ps", plan.cluster.parameter_servers));
    MLENGINE_RETURN_IF_ERROR(start("worker", plan.cluster.workers));
    MLENGINE_RETURN_IF_ERROR(start("evaluator", plan.evaluators));
  }
  // The primary stays in the terminal's group: it may read from it, and Ctrl-C reaches it.
  MLENGINE_ASSIGN_OR_RETURN(const pid_t primary,
                            family.Start(plan.Process(plan.cluster.primary, 0), false));
  return family.WaitFor(primary, kGraceMs);
}

}  // namespace

Command LocalTrainCommand() {
  Command command;
  command.path = "local train";
  command.summary = "run a training package on this machine, without the server";
  command.description =
      "Runs `python -m MODULE` in the folder above the package, with TF_CONFIG as a job would have "
      "it. With "
      "--distributed it starts parameter servers, workers and evaluators as processes of their own "
      "and ends them, with "
      "all they started, when the primary ends. The exit code is the primary's. Python is "
      "--python, else "
      "MLENGINE_LOCAL_PYTHON, else python3, else python on PATH.";
  command.flags = {
      {"module-name",
       FlagKind::kText,
       "MODULE",
       "Name of the module to run, such as trainer.task.",
       {},
       true},
      {"package-path", FlagKind::kText, "DIR",
       "The package's folder; the current folder unless given."},
      {"job-dir", FlagKind::kText, "DIR",
       "Handed to the program as --job-dir, after its own arguments."},
      {"distributed", FlagKind::kSwitch, "", "Run a cluster of processes."},
      {"parameter-server-count", FlagKind::kNumber, "N",
       "Parameter servers with --distributed; 2 unless given."},
      {"worker-count", FlagKind::kNumber, "N", "Workers with --distributed; 2 unless given."},
      {"evaluator-count", FlagKind::kNumber, "N", "Evaluators with --distributed; 0 unless given."},
      {"start-port", FlagKind::kNumber, "PORT",
       "First of the cluster's ports; 27182 unless given."},
      {"python", FlagKind::kText, "PROGRAM", "The Python to run."}};
  command.examples = {
      "mlengine local train --module-name=trainer.task --package-path=trainer -- --epochs=3",
      "mlengine local train --module-name=trainer.task --package-path=trainer --distributed"};
  command.run = Run;
  command.user_args = true;
  return command;
}

}  // namespace mlengine::cli
