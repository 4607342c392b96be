#include "engine_api/plan_handler.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <memory>
#include <utility>

#include "engine_api/answer.h"
#include "engine_api/job_price.h"
#include "policy/job_validation.h"
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
  int count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count < 0) {
    return InvalidArgumentError("Invalid value at 'unstaged', \"" + text.substr(0, 100) +
                                "\": it is the number of packages that are not uploaded.");
  }
  return count;
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

std::string PlanJson(const ml::v1::Job& job, const policy::PriceBook& prices,
                     const std::string& price_list, const Result<PlannedRuntime>& runtime,
                     int slots) {
  const ml::v1::TrainingInput& input = job.training_input();
  store::JobRecord record;  // of a job that has not begun
  *record.mutable_job() = job;
  record.set_price_list(price_list);
  json::array replicas;
  for (const policy::ReplicaGroup& group : policy::ClusterOf(input))
    replicas.push_back(ReplicasJson(group));
  const int count = policy::ReplicaCount(input);
  return json::serialize(
      json::object{{"scaleTier", ml::v1::TrainingInput::ScaleTier_Name(input.scale_tier())},
                   {"region", input.region()},
                   {"replicaCount", count},
                   {"replicas", std::move(replicas)},
                   {"price", PriceJson(PriceOf(prices, record, Time()))},
                   {"runtime", RuntimeJson(runtime)},
                   {"pool", {{"slots", slots}, {"fits", count <= slots}}}});
}

Result<std::string> PlanOf(const PlanDeps& deps, const std::string& project,
                           std::string_view job_json, int unstaged) {
  if (!policy::IsProjectId(project))
    return InvalidArgumentError("\"" + project + "\" is not a project id.");
  ml::v1::Job job;
  MLENGINE_RETURN_IF_ERROR(wire::FromJson(job_json.empty() ? "{}" : job_json, job, "job"));
  MLENGINE_RETURN_IF_ERROR(deps.check(project, job, unstaged));
  const std::string list = deps.regions.PlanOf(job.training_input().region()).price_list;
  return PlanJson(job, *deps.prices, list, deps.choose_runtime(job.training_input()), deps.slots);
}

void RegisterPlans(net::Router& router, PlanDeps deps) {
  router.Handle("POST", "/mlengine/v1/projects/{project}/jobs:plan",
                [deps = std::move(deps)](net::Request& request) { return Plan(deps, request); });
}

}  // namespace mlengine::engine_api
