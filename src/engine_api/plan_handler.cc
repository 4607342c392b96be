#include "engine_api/plan_handler.h"

#include <algorithm>
#include <boost/json.hpp>
#include <memory>
#include <utility>

#include "base/number_text.h"
#include "engine_api/answer.h"
#include "engine_api/job_price.h"
#include "policy/job_validation.h"
#include "policy/job_work.h"
#include "wire/codec/json.h"

namespace mlengine::engine_api {
namespace {

namespace json = boost::json;
using ml::v1::AcceleratorConfig;

constexpr double kGigabyte = 1e9;

json::object RuntimeJson(const Result<PlannedRuntime>& runtime) {
  if (!runtime.ok()) return {{"unknown", runtime.status().message()}};
  json::object out{{"name", runtime->name},
                   {"interpreter", runtime->interpreter},
                   {"pythonVersion", runtime->python_version}};
  if (!runtime->warnings.empty()) out["warnings"] = json::value_from(runtime->warnings);
  return out;
}

// Of the query; the packages that the caller has not uploaded.
Result<int> UnstagedOf(const net::Request& request) {
  const std::string text(request.Query("unstaged").value_or("0"));
  const auto count = ToNumber<int>(text);
  if (!count || *count < 0) {
    return InvalidArgumentError("Invalid value at 'unstaged', \"" + text.substr(0, 100) +
                                "\": it is the number of packages that are not uploaded.");
  }
  return *count;
}

net::Response Plan(const PlanDeps& deps, const net::Request& request) {
  const Result<int> unstaged = UnstagedOf(request);
  if (!unstaged.ok()) return ErrorAnswer(unstaged.status());
  const Result<std::string> plan = PlanOf(deps, request.path_values.at(0), request.body, *unstaged);
  return plan.ok() ? JsonAnswer(*plan) : ErrorAnswer(plan.status());
}

}  // namespace

json::object ReplicasJson(const policy::ReplicaGroup& group) {
  json::object out{{"role", group.role},
                   {"count", group.count},
                   {"machineType", group.machine.name},
                   {"vcpus", group.machine.vcpus},
                   {"memoryGb", static_cast<double>(group.machine.memory_bytes) / kGigabyte}};
  if (group.machine.accelerators > 0) {
    out["accelerators"] = {{"type", AcceleratorConfig::Type_Name(group.machine.accelerator)},
                           {"count", group.machine.accelerators}};
  }
  return out;
}

std::string PlanJson(const store::JobRecord& record, const policy::PriceBook& prices,
                     const Result<PlannedRuntime>& runtime, int slots) {
  const ml::v1::TrainingInput& input = policy::WorkOf(record);
  json::array replicas;
  for (const policy::ReplicaGroup& group : policy::ClusterOf(input))
    replicas.push_back(ReplicasJson(group));
  const int count = policy::ReplicaCount(input);
  json::object plan{{"scaleTier", ml::v1::TrainingInput::ScaleTier_Name(input.scale_tier())},
                    {"region", input.region()},
                    {"replicaCount", count},
                    {"replicas", std::move(replicas)},
                    {"price", PriceJson(PriceOf(prices, record, Time()))},
                    {"runtime", RuntimeJson(runtime)},
                    {"pool", {{"slots", slots}, {"fits", count <= slots}}}};
  if (record.has_batch_prediction()) {
    plan["input"] = {{"files", std::to_string(record.batch_prediction().input_files())},
                     {"bytes", std::to_string(record.batch_prediction().input_bytes())}};
  }
  return json::serialize(plan);
}

Result<std::string> PlanOf(const PlanDeps& deps, const std::string& project,
                           std::string_view job_json, int unstaged) {
  if (!policy::IsProjectId(project))
    return InvalidArgumentError("\"" + project + "\" is not a project id.");
  ml::v1::Job job;
  MLENGINE_RETURN_IF_ERROR(wire::FromJson(job_json.empty() ? "{}" : job_json, job, "job"));
  MLENGINE_RETURN_IF_ERROR(deps.check(project, job, unstaged));
  store::JobRecord record;
  record.set_project(project);
  *record.mutable_job() = job;
  if (job.has_prediction_input() && deps.resolve_prediction) {
    MLENGINE_ASSIGN_OR_RETURN(*record.mutable_batch_prediction(),
                              deps.resolve_prediction(project, job.prediction_input()));
  }
  const ml::v1::TrainingInput& work = policy::WorkOf(record);
  record.set_price_list(deps.regions.PlanOf(work.region()).price_list);
  const bool predicts = record.has_batch_prediction() && deps.prediction_runtime;
  return PlanJson(record, *deps.prices,
                  predicts ? deps.prediction_runtime(record) : deps.choose_runtime(work),
                  deps.slots);
}

void RegisterPlans(net::Router& router, PlanDeps deps) {
  router.Handle("POST", "/mlengine/v1/projects/{project}/jobs:plan",
                [deps = std::move(deps)](net::Request& request) { return Plan(deps, request); });
}

}  // namespace mlengine::engine_api
