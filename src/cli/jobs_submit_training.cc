#include <boost/json.hpp>
#include <ostream>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/object_client.h"
#include "cli/output.h"
#include "cli/plan.h"
#include "cli/session.h"
#include "cli/staging.h"
#include "cli/submit_receipt.h"
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

// What the job was taken for.
void PrintInput(Session& session, const value& job) {
  const auto input = [&](std::string_view field, const char* fallback) {
    const std::string text = FieldText(job, "trainingInput." + std::string(field));
    return text.empty() ? fallback : text;
  };
  session.err << "  region   " << input("region", "-") << "\n"
              << "  runtime  " << input("runtimeVersion", "the server's default") << "\n"
              << "  tier     " << input("scaleTier", "BASIC") << "\n";
}

Result<int> Run(const Invocation& invocation, Session& session) {
  MLENGINE_RETURN_IF_ERROR(CheckFollowFlags(invocation));
  MLENGINE_ASSIGN_OR_RETURN(object job, TrainingJob(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const JobPackages packages, CollectPackages(invocation, session));
  if (invocation.Has("dry-run")) return DryRun(invocation, session, *api, std::move(job), packages);
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<std::string> uris,
                            Stage(invocation, session, *api, job, packages));
  SetPackages(uris, job);
  const Result<value> created = CreateJob(*api, job);
  if (!created.ok()) return WithConfigLines(invocation, created.status());
  PrintReceipt(invocation, session, *api, *created, [&] { PrintInput(session, *created); });
  return EndSubmit(invocation, session, *api, *created);
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
  for (const Flag& flag : FollowFlags()) command.flags.push_back(flag);
  command.flags.push_back(
      {"dry-run", FlagKind::kSwitch, "",
       "Check everything and print replicas, machines and price; upload and start nothing."});
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
