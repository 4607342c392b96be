#include "policy/machine_types.h"

#include <algorithm>
#include <cmath>

namespace mlengine::policy {
namespace {

using ml::v1::AcceleratorConfig;

constexpr double kGigabyte = 1e9;

// A family of Compute Engine: every size has the same memory for each virtual CPU.
struct Family {
  std::string_view prefix;
  double gigabytes_per_vcpu;
  std::vector<int> sizes;  // virtual CPUs
};

const std::vector<Family>& Families() {
  static const std::vector<Family> families = {
      {"n1-standard-", 3.75, {4, 8, 16, 32, 64, 96}},
      {"n1-highmem-", 6.5, {2, 4, 8, 16, 32, 64, 96}},
      {"n1-highcpu-", 0.9, {16, 32, 64, 96}},
      {"n2-standard-", 4.0, {4, 8, 16, 32, 48, 64, 80}},
      {"n2-highmem-", 8.0, {2, 4, 8, 16, 32, 48, 64, 80}},
      {"n2-highcpu-", 1.0, {16, 32, 48, 64, 80}},
      {"e2-standard-", 4.0, {4, 8, 16, 32}},
      {"e2-highmem-", 8.0, {2, 4, 8, 16}},
      {"e2-highcpu-", 1.0, {16, 32}},
      {"c2-standard-", 4.0, {4, 8, 16, 30, 60}},
  };
  return families;
}

MachineType Plain(std::string name, int vcpus, double gigabytes) {
  MachineType type;
  type.compute_engine_name = name;
  type.name = std::move(name);
  type.vcpus = vcpus;
  type.memory_bytes = static_cast<std::int64_t>(std::llround(gigabytes * kGigabyte));
  return type;
}

MachineType WithGpus(std::string name, int vcpus, double gigabytes, AcceleratorType accelerator,
                     int accelerators) {
  MachineType type = Plain(std::move(name), vcpus, gigabytes);
  type.accelerator = accelerator;
  type.accelerators = accelerators;
  return type;
}

MachineType Legacy(std::string name, std::string same_as, int vcpus, double gigabytes,
                   AcceleratorType accelerator = AcceleratorConfig::ACCELERATOR_TYPE_UNSPECIFIED,
                   int accelerators = 0) {
  MachineType type = WithGpus(std::move(name), vcpus, gigabytes, accelerator, accelerators);
  type.compute_engine_name = std::move(same_as);
  type.is_legacy = true;
  return type;
}

std::vector<MachineType> MakeAll() {
  constexpr auto kK80 = AcceleratorConfig::NVIDIA_TESLA_K80;
  constexpr auto kP100 = AcceleratorConfig::NVIDIA_TESLA_P100;
  constexpr auto kV100 = AcceleratorConfig::NVIDIA_TESLA_V100;
  constexpr auto kA100 = AcceleratorConfig::NVIDIA_TESLA_A100;
  std::vector<MachineType> types = {
      Legacy("standard", "n1-standard-4", 4, 15),
      Legacy("large_model", "n1-highmem-8", 8, 52),
      Legacy("complex_model_s", "n1-highcpu-8", 8, 7.2),
      Legacy("complex_model_m", "n1-highcpu-16", 16, 14.4),
      Legacy("complex_model_l", "n1-highcpu-32", 32, 28.8),
      Legacy("standard_gpu", "n1-standard-8", 8, 30, kK80, 1),
      Legacy("complex_model_m_gpu", "n1-standard-16", 16, 60, kK80, 4),
      Legacy("complex_model_l_gpu", "n1-standard-32", 32, 120, kK80, 8),
      Legacy("standard_p100", "n1-standard-8", 8, 30, kP100, 1),
      Legacy("complex_model_m_p100", "n1-standard-16", 16, 60, kP100, 4),
      Legacy("standard_v100", "n1-standard-8", 8, 30, kV100, 1),
      Legacy("large_model_v100", "n1-highmem-8", 8, 52, kV100, 1),
      Legacy("complex_model_m_v100", "n1-standard-16", 16, 60, kV100, 4),
      Legacy("complex_model_l_v100", "n1-standard-32", 32, 120, kV100, 8),
      Legacy("cloud_tpu", "", 0, 0, AcceleratorConfig::TPU_V2, 8),
  };
  for (const Family& family : Families()) {
    for (const int size : family.sizes) {
      types.push_back(Plain(std::string(family.prefix) + std::to_string(size), size,
                            family.gigabytes_per_vcpu * size));
    }
  }
  for (const int gpus : {1, 2, 4, 8}) {
    types.push_back(
        WithGpus("a2-highgpu-" + std::to_string(gpus) + "g", 12 * gpus, 85.0 * gpus, kA100, gpus));
  }
  types.push_back(WithGpus("a2-megagpu-16g", 96, 1360, kA100, 16));
  return types;
}

const std::vector<MachineType>& All() {
  static const std::vector<MachineType> types = MakeAll();
  return types;
}

}  // namespace

int GpusOf(const MachineType& machine) {
  return AcceleratorConfig::Type_Name(machine.accelerator).starts_with("NVIDIA_")
             ? machine.accelerators
             : 0;
}

int TpusOf(const MachineType& machine) {
  return AcceleratorConfig::Type_Name(machine.accelerator).starts_with("TPU_")
             ? machine.accelerators
             : 0;
}

std::optional<MachineType> FindMachineType(std::string_view name) {
  const auto found = std::ranges::find(All(), name, &MachineType::name);
  return found == All().end() ? std::nullopt : std::optional(*found);
}

std::vector<std::string> MachineTypeNames() {
  std::vector<std::string> names;
  for (const MachineType& type : All()) names.push_back(type.name);
  return names;
}

}  // namespace mlengine::policy
