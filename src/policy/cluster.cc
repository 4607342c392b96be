#include "policy/cluster.h"

#include <algorithm>
#include <utility>

namespace mlengine::policy {
namespace {

using ml::v1::AcceleratorConfig;
using ml::v1::ReplicaConfig;
using ml::v1::TrainingInput;

MachineType Known(const std::string& name) {
  if (name == kBatchPredictionNode) {
    MachineType node = *FindMachineType("standard");
    node.name = name;
    return node;
  }
  return FindMachineType(name).value_or(MachineType{.name = name, .compute_engine_name = name});
}

MachineType WithAdded(MachineType machine, const ReplicaConfig& config) {
  const AcceleratorConfig& added = config.accelerator_config();
  if (added.count() > 0) {
    machine.accelerator = added.type();
    machine.accelerators = static_cast<int>(added.count());
  }
  return machine;
}

std::vector<ReplicaGroup> Custom(const TrainingInput& input) {
  std::vector<ReplicaGroup> groups = {
      {"master", 1, WithAdded(Known(input.master_type()), input.master_config())}};
  const auto add = [&](const char* role, std::int64_t count, const std::string& type,
                       const ReplicaConfig& config) {
    if (count > 0)
      groups.push_back({role, static_cast<int>(std::min<std::int64_t>(count, kReplicaLimit)),
                        WithAdded(Known(type), config)});
  };
  add("worker", input.worker_count(), input.worker_type(), input.worker_config());
  add("ps", input.parameter_server_count(), input.parameter_server_type(),
      input.parameter_server_config());
  add("evaluator", input.evaluator_count(), input.evaluator_type(), input.evaluator_config());
  return groups;
}

}  // namespace

std::vector<ReplicaGroup> ClusterOf(const TrainingInput& input) {
  switch (input.scale_tier()) {
    case TrainingInput::STANDARD_1:
      return {{"master", 1, Known("complex_model_s")},
              {"worker", 4, Known("complex_model_s")},
              {"ps", 3, Known("standard")}};
    case TrainingInput::PREMIUM_1:
      return {{"master", 1, Known("complex_model_m")},
              {"worker", 19, Known("complex_model_m")},
              {"ps", 11, Known("large_model")}};
    case TrainingInput::BASIC_GPU:
      return {{"master", 1, Known("standard_gpu")}};
    case TrainingInput::BASIC_TPU:
      return {{"master", 1, Known("standard")}, {"worker", 1, Known("cloud_tpu")}};
    case TrainingInput::CUSTOM:
      return Custom(input);
    default:
      return {{"master", 1, Known("standard")}};
  }
}

int ReplicaCount(const TrainingInput& input) {
  int count = 0;
  for (const ReplicaGroup& group : ClusterOf(input)) count += group.count;
  return count;
}

MachineType MachineOf(const TrainingInput& input, const std::string& role) {
  for (ReplicaGroup& group : ClusterOf(input)) {
    if (group.role == role) return std::move(group.machine);
  }
  return Known("standard");
}

}  // namespace mlengine::policy
