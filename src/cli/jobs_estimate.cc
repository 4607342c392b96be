#include <boost/json.hpp>
#include <ostream>
#include <set>
#include <thread>

#include "base/digest.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/estimate_text.h"
#include "cli/measured_run.h"
#include "cli/output.h"
#include "cli/plan.h"
#include "cli/session.h"
#include "cli/training_request.h"
#include "insight/estimate_input.h"
#include "insight/estimate_report.h"

namespace mlengine::cli {
namespace {

using boost::json::object;
using boost::json::value;
using insight::EstimateInput;
using insight::EstimateReport;
using insight::MeasuredRun;
using insight::TierPlan;

std::vector<std::string> TextList(const object& job, std::string_view field) {
  std::vector<std::string> out;
  const value* list = job.at("trainingInput").as_object().if_contains(field);
  if (list == nullptr || !list->is_array()) return out;
  for (const value& one : list->get_array()) {
    if (one.is_string()) out.emplace_back(one.get_string());
  }
  return out;
}

// Each tier's plan, of packages that are not uploaded.
Result<std::vector<TierPlan>> AskPlans(const Invocation& invocation, Api& api, object job,
                                       const JobPackages& packages,
                                       const std::set<std::string>& more) {
  job["jobId"] = "estimate_" + RandomHex(8);  // the name may be taken; nothing is made
  std::vector<std::string> uris;
  for (const std::string& file : packages.local)
    uris.push_back("gs://not-staged/" + file.substr(file.rfind('/') + 1));
  uris.insert(uris.end(), packages.uris.begin(), packages.uris.end());
  SetPackages(uris, job);
  const auto ask = [&](const object& tier) { return AskPlan(api, tier, packages.local.size()); };
  Result<std::vector<TierPlan>> plans = insight::AskTiers(job, more, ask);
  if (!plans.ok()) return WithConfigLines(invocation, plans.status());
  return plans;
}

Result<MeasuredRun> Profile(const Invocation& invocation, Session& session, Api& api,
                            const object& job, const JobPackages& packages,
                            const EstimateInput& input) {
  const object& plan = input.plans.front().plan;
  ProfileWish wish;
  wish.interpreter = invocation.Text("python", FieldText(plan, "runtime.interpreter"));
  if (wish.interpreter.empty()) {
    return FailedPreconditionError(
        "no runtime can run it now: " + FieldText(plan, "runtime.unknown") +
        " Install one with `mlengine runtimes install`, or name a "
        "Python for the profile run with --python.");
  }
  wish.module = FieldText(job, "trainingInput.pythonModule");
  wish.args = TextList(job, "args");
  wish.job_dir = FieldText(job, "trainingInput.jobDir");
  if (input.steps > 0) wish.steps = input.steps;
  wish.profile_steps = invocation.Number("profile-steps");
  if (wish.profile_steps == 0)
    return InvalidArgumentError(
        "--profile-steps must be at least 3: a speed cannot be measured with none.");
  if (!invocation.Has("quiet")) {
    session.err << "Running " << wish.module << " here for a part of its steps, with "
                << wish.interpreter << " ...\n";
    session.err.flush();
  }
  return MeasureHere(api, packages, wish);
}

Status MeasurePastJobs(const Invocation& invocation, Api& api, EstimateInput& input) {
  for (const std::string& id : invocation.List("from-job")) {
    MLENGINE_ASSIGN_OR_RETURN(const object job, PastJob(api, id));
    MLENGINE_ASSIGN_OR_RETURN(MeasuredRun run, MeasurePast(api, id, job));
    for (const MeasuredRun& other : input.runs) {
      if (other.tier != run.tier) continue;
      return InvalidArgumentError("--from-job: two jobs of tier " + run.tier +
                                  " are given. Give one for each tier.");
    }
    input.runs.push_back(std::move(run));
  }
  return OkStatus();
}

bool NamesProgram(const Invocation& invocation) {
  return invocation.Has("config") || invocation.Has("package-path") || invocation.Has("packages") ||
         invocation.Has("module-name");
}

// The job that is asked about: by the flags, or the past job again.
Result<object> AskedJob(const Invocation& invocation, Session& session, Api& api) {
  if (NamesProgram(invocation)) return TrainingJob(invocation, session);
  if (!invocation.Has("from-job")) {
    return InvalidArgumentError(
        "there is nothing to estimate. Give the flags of `jobs submit training`, or a past job "
        "with --from-job.");
  }
  MLENGINE_ASSIGN_OR_RETURN(object job, PastJob(api, invocation.List("from-job").front()));
  const object input = job.at("trainingInput").as_object();
  job = object{{"trainingInput", input}};
  if (invocation.Has("region"))
    job["trainingInput"].get_object()["region"] = invocation.Text("region");
  return job;
}

// The one job that is asked about, where it is a batch prediction.
Result<std::string> AskedPrediction(const Invocation& invocation, Api& api) {
  if (NamesProgram(invocation) || invocation.List("from-job").size() != 1) return std::string();
  const std::string id = invocation.List("from-job").front();
  MLENGINE_ASSIGN_OR_RETURN(const value job, api.Json("GET", api.MlPath({"jobs", id})));
  return FieldText(job, "predictionInput").empty() ? std::string() : id;
}

Result<int> EstimatePrediction(const Invocation& invocation, Session& session, Api& api,
                               const std::string& id) {
  const value nothing = object();
  MLENGINE_ASSIGN_OR_RETURN(const value estimate,
                            api.Json("POST", api.OwnPath({"jobs", id}) + ":estimate", &nothing));
  if (invocation.Has("format") || !estimate.is_object()) {
    MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, estimate));
  } else {
    session.out << PredictionEstimateText(estimate.get_object());
  }
  return kExitOk;
}

Result<int> Run(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const std::string prediction, AskedPrediction(invocation, *api));
  if (!prediction.empty()) return EstimatePrediction(invocation, session, *api, prediction);
  MLENGINE_ASSIGN_OR_RETURN(object job, AskedJob(invocation, session, *api));
  MLENGINE_ASSIGN_OR_RETURN(JobPackages packages, CollectPackages(invocation, session));
  for (std::string& uri : TextList(job, "packageUris")) packages.uris.push_back(std::move(uri));
  const std::vector<std::string> args = TextList(job, "args");
  EstimateInput input;
  input.cores = static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U));
  MLENGINE_RETURN_IF_ERROR(MeasurePastJobs(invocation, *api, input));
  std::set<std::string> tiers;
  for (const MeasuredRun& run : input.runs) tiers.insert(run.tier);
  if (const std::string tier = FieldText(job, "trainingInput.scaleTier"); !tier.empty())
    tiers.insert(tier);
  MLENGINE_ASSIGN_OR_RETURN(input.plans, AskPlans(invocation, *api, job, packages, tiers));
  insight::FindSteps(args, invocation.Number("steps"), input);
  if (input.runs.empty()) {
    MLENGINE_ASSIGN_OR_RETURN(MeasuredRun run,
                              Profile(invocation, session, *api, job, packages, input));
    input.runs.push_back(std::move(run));
  }
  MLENGINE_RETURN_IF_ERROR(insight::TakeToldSteps(args, input));
  const EstimateReport report = EstimateReport::Of(input);
  if (!invocation.Has("format")) {
    session.out << EstimateText(report);
    return kExitOk;
  }
  MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, report.Json()));
  return kExitOk;
}

}  // namespace

Command JobsEstimateCommand() {
  Command command;
  command.path = "jobs estimate";
  command.summary = "say what each scale tier would take and cost";
  command.description =
      "Takes the flags of `jobs submit training`. Runs the package here, in a folder of its own, "
      "for at most a tenth of its steps, reads its speed from its output, and prints time, money "
      "and confidence for each scale tier, with the arithmetic and what it cannot know. Nothing is "
      "uploaded and no job is made; but the program really runs, so what its arguments name "
      "outside --job-dir is really written. With --from-job the speed is that of a job that ran; "
      "of a "
      "batch prediction, what it would take by earlier ones of its model.";
  command.positionals = {{"JOB", "Taken, as by submit, and not used.", false}};
  command.flags = TrainingFlags();
  command.flags.insert(
      command.flags.end(),
      {{"steps", FlagKind::kNumber, "N",
        "Steps that the job is to do; else by its arguments (--train_steps, --max_steps, "
        "--how_many_training_steps, --steps and the like), else by its output."},
       {"profile-steps", FlagKind::kNumber, "N",
        "Steps of the run here; a tenth of all, at most 500, unless given."},
       {"from-job", FlagKind::kList, "JOB,...",
        "Measure by the log of a job that ran instead; of several, each tells its own tier."},
       {"python", FlagKind::kText, "PROGRAM",
        "The Python of the run here; that of the job's runtime version unless given."}});
  command.examples = {
      "mlengine jobs estimate --module-name=trainer.task --package-path=trainer "
      "--region=us-central1 -- --train_steps=10000",
      "mlengine jobs estimate --from-job=my_job --steps=50000 --format=json"};
  command.run = Run;
  command.user_args = true;
  return command;
}

}  // namespace mlengine::cli
