#include "engine_api/price_handler.h"

#include <algorithm>
#include <boost/json.hpp>

#include "engine_api/answer.h"
#include "engine_api/plan_handler.h"
#include "policy/cluster.h"

namespace mlengine::engine_api {
namespace json = boost::json;

namespace {

using ml::v1::AcceleratorConfig;
using ml::v1::TrainingInput;

constexpr double kGigabyte = 1e9;
constexpr const char* kDefaultRegion = "us-central1";

void AddRate(const Result<policy::Rate>& rate, json::object& out) {
  if (!rate.ok()) return;
  out["perHour"] = rate->price_per_hour;
  out["unitsPerHour"] = rate->units_per_hour;
}

json::array TierList(const policy::PriceList& list, const std::string& region) {
  json::array out;
  for (int number = 0; number < TrainingInput::ScaleTier_ARRAYSIZE; ++number) {
    if (!TrainingInput::ScaleTier_IsValid(number) || number == TrainingInput::CUSTOM) continue;
    TrainingInput input;
    input.set_scale_tier(static_cast<TrainingInput::ScaleTier>(number));
    json::array replicas;
    const std::vector<policy::ReplicaGroup> groups = policy::ClusterOf(input);
    for (const policy::ReplicaGroup& group : groups) replicas.push_back(ReplicasJson(group));
    json::object tier{{"name", TrainingInput::ScaleTier_Name(input.scale_tier())},
                      {"replicas", std::move(replicas)}};
    AddRate(list.RateOf(input, region), tier);
    out.push_back(std::move(tier));
  }
  return out;
}

json::array MachineList(const policy::PriceList& list, const std::string& region) {
  json::array out;
  const std::vector<std::string> names = policy::MachineTypeNames();
  for (const std::string& name : names) {
    const policy::MachineType machine = *policy::FindMachineType(name);
    json::array accelerators;
    if (machine.accelerators > 0) {
      accelerators.push_back({{"type", AcceleratorConfig::Type_Name(machine.accelerator)},
                              {"count", machine.accelerators}});
    }
    json::object one{{"name", name},
                     {"vcpus", machine.vcpus},
                     {"memoryGb", static_cast<double>(machine.memory_bytes) / kGigabyte},
                     {"accelerators", std::move(accelerators)}};
    AddRate(list.RateOfMachine(machine, region), one);
    out.push_back(std::move(one));
  }
  return out;
}

json::array AcceleratorList(const policy::PriceList& list, const std::string& region) {
  json::array out;
  for (int number = 1; number < AcceleratorConfig::Type_ARRAYSIZE; ++number) {
    if (!AcceleratorConfig::Type_IsValid(number)) continue;
    const auto type = static_cast<AcceleratorConfig::Type>(number);
    json::object one{{"type", AcceleratorConfig::Type_Name(type)}};
    AddRate(list.RateOfAccelerator(type, region), one);
    out.push_back(std::move(one));
  }
  return out;
}

Result<std::string> RegionOf(const net::Request& request, const std::vector<std::string>& open) {
  const std::string asked(request.Query("region").value_or(""));
  const auto is_open = [&open](std::string_view name) {
    return std::ranges::find(open, name) != open.end();
  };
  if (!asked.empty()) {
    if (is_open(asked)) return asked;
    return InvalidArgumentError("region: \"" + asked.substr(0, 100) +
                                "\" takes no jobs here; GET /mlengine/v1/prices lists the regions");
  }
  if (open.empty() || is_open(kDefaultRegion)) return std::string(kDefaultRegion);
  return open.front();
}

Result<std::string> Prices(const PriceDeps& deps, const net::Request& request) {
  const std::vector<std::string> open = deps.regions.Open();
  MLENGINE_ASSIGN_OR_RETURN(const std::string region, RegionOf(request, open));
  MLENGINE_ASSIGN_OR_RETURN(const policy::PriceList list,
                            deps.prices->Choose(deps.regions.PlanOf(region).price_list));
  return json::serialize(json::object{{"region", region},
                                      {"list", list.name},
                                      {"currency", list.currency},
                                      {"regions", json::value_from(open)},
                                      {"tiers", TierList(list, region)},
                                      {"machineTypes", MachineList(list, region)},
                                      {"accelerators", AcceleratorList(list, region)},
                                      {"runtimes", json::value_from(deps.runtimes())}});
}

}  // namespace

void RegisterPrices(net::Router& router, const PriceDeps& deps) {
  router.Handle("GET", "/mlengine/v1/prices", [deps](net::Request& request) {
    const Result<std::string> body = Prices(deps, request);
    return body.ok() ? JsonAnswer(*body) : ErrorAnswer(body.status());
  });
}

}  // namespace mlengine::engine_api
