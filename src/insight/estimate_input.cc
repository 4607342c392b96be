#include "insight/estimate_input.h"

#include <algorithm>

#include "insight/step_arguments.h"

namespace mlengine::insight {
namespace {

using boost::json::object;

// The job with another tier; what only CUSTOM may have is taken out for the others.
object OnTier(object job, const std::string& tier) {
  object& input = job["trainingInput"].get_object();
  input["scaleTier"] = tier;
  if (tier == "CUSTOM") return job;
  for (const std::string role : {"master", "worker", "parameterServer", "evaluator"}) {
    for (const char* part : {"Type", "Count", "Config"}) input.erase(role + part);
  }
  for (const std::string role : {"master", "worker", "parameter_server", "evaluator"}) {
    for (const char* part : {"_type", "_count", "_config"}) input.erase(role + part);
  }
  return job;
}

}  // namespace

Result<std::vector<TierPlan>> AskTiers(
    const object& job, const std::set<std::string>& more,
    const std::function<Result<object>(const object& job)>& ask) {
  std::vector<std::string> tiers = {"BASIC", "STANDARD_1", "PREMIUM_1", "BASIC_GPU"};
  for (const std::string& tier : more) {
    if (std::ranges::find(tiers, tier) == tiers.end()) tiers.push_back(tier);
  }
  std::vector<TierPlan> out;
  for (const std::string& tier : tiers) {
    const Result<object> plan = ask(OnTier(job, tier));
    const bool refused = plan.status().code() == StatusCode::kInvalidArgument ||
                         plan.status().code() == StatusCode::kResourceExhausted ||
                         plan.status().code() == StatusCode::kUnimplemented;
    if (!plan.ok() && (tier == "BASIC" || !refused)) return plan.status();
    out.push_back({tier, plan.ok() ? *plan : object(), plan.ok() ? "" : plan.status().message()});
  }
  return out;
}

void FindSteps(const std::vector<std::string>& args, std::optional<std::int64_t> given,
               EstimateInput& input) {
  input.evaluation_interval = EvaluationInterval(args);
  if (given) {
    input.steps = *given;
    input.steps_source = "--steps";
    return;
  }
  const std::optional<LengthFlag> flag = FindLengthFlag(args);
  if (!flag || flag->is_epochs) return;
  input.steps = flag->total();
  input.steps_source = flag->name;
}

Status TakeToldSteps(const std::vector<std::string>& args, EstimateInput& input) {
  const MeasuredRun& run = input.runs.front();
  const std::optional<LengthFlag> flag = FindLengthFlag(args);
  if (input.steps > 0) return OkStatus();
  if (flag && flag->is_epochs && run.unit == "epoch") {
    input.steps = flag->total();
    input.steps_source = flag->name;
  } else if (run.told_total && *run.told_total > 0) {
    input.steps = *run.told_total;
    input.steps_source = "the program's output";
  } else {
    return InvalidArgumentError(
        "how many steps the job is to do is not known: neither its arguments nor its output tell "
        "it. Give --steps=N.");
  }
  return OkStatus();
}

}  // namespace mlengine::insight
