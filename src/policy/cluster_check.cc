#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/nearest_word.h"
#include "policy/cluster.h"

namespace mlengine::policy {
namespace {

using ml::v1::AcceleratorConfig;
using ml::v1::ReplicaConfig;
using ml::v1::TrainingInput;

constexpr std::string_view kPath = "job.training_input.";

// What the request says of one role.
struct Asked {
  std::string_view role;              // as the fields name it: "parameter_server"
  std::optional<std::int64_t> count;  // none for the master
  const std::string& type;
  const ReplicaConfig& config;

  std::string Field(std::string_view what) const {
    return std::string(kPath) + std::string(role) + "_" + std::string(what);
  }
  std::string AcceleratorField(std::string_view what) const {
    return Field("config") + ".accelerator_config." + std::string(what);
  }
  std::string Words() const {
    std::string words(role);
    std::ranges::replace(words, '_', ' ');
    return words;
  }
};

std::array<Asked, 4> RolesOf(const TrainingInput& input) {
  return {
      {{"master", std::nullopt, input.master_type(), input.master_config()},
       {"worker", input.worker_count(), input.worker_type(), input.worker_config()},
       {"parameter_server", input.parameter_server_count(), input.parameter_server_type(),
        input.parameter_server_config()},
       {"evaluator", input.evaluator_count(), input.evaluator_type(), input.evaluator_config()}}};
}

// How many of one accelerator a Compute Engine machine may have, and the most virtual CPUs with
// each number.
struct Attachable {
  AcceleratorConfig::Type type;
  std::vector<std::pair<int, int>> counts;  // accelerators, virtual CPUs
};

const std::vector<Attachable>& AttachableGpus() {
  static const std::vector<Attachable> gpus = {
      {AcceleratorConfig::NVIDIA_TESLA_K80, {{1, 8}, {2, 16}, {4, 32}, {8, 64}}},
      {AcceleratorConfig::NVIDIA_TESLA_P4, {{1, 24}, {2, 48}, {4, 96}}},
      {AcceleratorConfig::NVIDIA_TESLA_P100, {{1, 16}, {2, 32}, {4, 96}}},
      {AcceleratorConfig::NVIDIA_TESLA_T4, {{1, 24}, {2, 48}, {4, 96}}},
      {AcceleratorConfig::NVIDIA_TESLA_V100, {{1, 12}, {2, 24}, {4, 48}, {8, 96}}},
  };
  return gpus;
}

// What is wrong with `count` of that accelerator on the machine; empty when nothing is.
std::string CheckAttached(const AcceleratorConfig& asked, const MachineType& machine) {
  const std::string name = AcceleratorConfig::Type_Name(asked.type());
  const auto gpu = std::ranges::find(AttachableGpus(), asked.type(), &Attachable::type);
  if (gpu == AttachableGpus().end() || !machine.name.starts_with("n1-"))
    return name + " cannot be added to a machine of type " + machine.name + ".";
  std::string counts;
  for (const auto& [count, vcpus] : gpu->counts) {
    counts += (counts.empty() ? "" : ", ") + std::to_string(count);
    if (count != asked.count()) continue;
    if (machine.vcpus <= vcpus) return "";
    return "With " + std::to_string(count) + " " + name + " a machine may have at most " +
           std::to_string(vcpus) + " virtual CPUs; " + machine.name + " has " +
           std::to_string(machine.vcpus) + ".";
  }
  return "A machine may have " + counts + " of " + name + ", not " + std::to_string(asked.count()) +
         ".";
}

void CheckAccelerators(const Asked& asked, const std::optional<MachineType>& machine,
                       Violations& wrong) {
  if (!asked.config.has_accelerator_config()) return;
  const AcceleratorConfig& accelerator = asked.config.accelerator_config();
  if (accelerator.count() == 0 &&
      accelerator.type() == AcceleratorConfig::ACCELERATOR_TYPE_UNSPECIFIED)
    return;
  if (accelerator.count() <= 0) {
    return wrong.Invalid(asked.AcceleratorField("count"),
                         "The number of accelerators must be at least 1.");
  }
  if (accelerator.type() == AcceleratorConfig::ACCELERATOR_TYPE_UNSPECIFIED) {
    return wrong.Invalid(asked.AcceleratorField("type"), "The type of accelerator is required.");
  }
  if (!machine) return;
  if (machine->is_legacy) {
    return wrong.Invalid(asked.AcceleratorField("type"),
                         "Accelerators are added to Compute Engine machine types only, such as "
                         "n1-standard-8; " +
                             machine->name + " is not one.");
  }
  if (std::string text = CheckAttached(accelerator, *machine); !text.empty())
    wrong.Invalid(asked.AcceleratorField("count"), std::move(text));
}

// The machine type, when it is one.
std::optional<MachineType> CheckType(const Asked& asked, Violations& wrong) {
  const bool needed = !asked.count || *asked.count > 0;
  if (asked.type.empty()) {
    if (needed) {
      wrong.Invalid(asked.Field("type"),
                    asked.count ? "The machine type of the " + asked.Words() +
                                      "s is required when there are any."
                                : "The machine type of the master is required with scale tier "
                                  "CUSTOM.");
    }
    return std::nullopt;
  }
  std::optional<MachineType> machine = FindMachineType(asked.type);
  if (!machine) {
    const std::string nearest = NearestWord(asked.type, MachineTypeNames());
    wrong.Invalid(asked.Field("type"),
                  "\"" + asked.type.substr(0, 100) + "\" is not a machine type" +
                      (nearest.empty() ? "; such are standard, complex_model_m or n1-standard-8."
                                       : "; did you mean " + nearest + "?"));
  }
  return machine;
}

void CheckCustom(const TrainingInput& input, Violations& wrong) {
  const Asked* legacy = nullptr;
  const Asked* compute_engine = nullptr;
  const std::array<Asked, 4> roles = RolesOf(input);
  for (const Asked& asked : roles) {
    const std::optional<MachineType> machine = CheckType(asked, wrong);
    CheckAccelerators(asked, machine, wrong);
    if (machine) (machine->is_legacy ? legacy : compute_engine) = &asked;
  }
  if (legacy == nullptr || compute_engine == nullptr) return;
  wrong.Invalid(compute_engine->Field("type"),
                compute_engine->type + " is a Compute Engine machine type and " + legacy->type +
                    " of the " + legacy->Words() +
                    " is not; all machine types of a job must be of the same kind.");
}

void CheckPredefined(const TrainingInput& input, Violations& wrong) {
  const std::string only = " may be given with scale tier CUSTOM only, not with " +
                           TrainingInput::ScaleTier_Name(input.scale_tier()) + ".";
  for (const Asked& asked : RolesOf(input)) {
    if (asked.count.value_or(0) > 0)
      wrong.Invalid(asked.Field("count"), "A number of " + asked.Words() + "s" + only);
    if (!asked.type.empty()) wrong.Invalid(asked.Field("type"), "A machine type" + only);
    if (asked.config.accelerator_config().count() != 0 ||
        asked.config.accelerator_config().type() !=
            AcceleratorConfig::ACCELERATOR_TYPE_UNSPECIFIED) {
      wrong.Invalid(asked.Field("config") + ".accelerator_config", "Accelerators" + only);
    }
  }
}

}  // namespace

void CheckCluster(const TrainingInput& input, Violations& wrong) {
  if (!TrainingInput::ScaleTier_IsValid(input.scale_tier())) {
    return wrong.Invalid(std::string(kPath) + "scale_tier",
                         "The scale tier " + std::to_string(input.scale_tier()) + " is not known.");
  }
  std::int64_t replicas = 1;
  std::int64_t most = 0;
  std::string largest;
  for (const Asked& asked : RolesOf(input)) {
    const std::int64_t count = asked.count.value_or(0);
    if (count < 0) wrong.Invalid(asked.Field("count"), "The count may not be negative.");
    replicas += std::clamp<std::int64_t>(count, 0, kReplicaLimit);
    if (count > most) largest = asked.Field("count");
    most = std::max(most, count);
  }
  if (replicas > kReplicaLimit) {
    wrong.Invalid(largest, "A job may have at most " + std::to_string(kReplicaLimit) +
                               " replicas, the master counted.");
  }
  if (input.scale_tier() == TrainingInput::CUSTOM) {
    CheckCustom(input, wrong);
  } else {
    CheckPredefined(input, wrong);
  }
}

}  // namespace mlengine::policy
