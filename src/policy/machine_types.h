// The machines that a job may ask for: the engine's own names of 2017 ("complex_model_m") and those
// of Compute Engine ("n1-highmem-8"). On the local pool a machine type says what a replica costs
// and how much memory it may use, not what it runs on. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlengine/ml/v1/job.pb.h"

namespace mlengine::policy {

using AcceleratorType = ml::v1::AcceleratorConfig::Type;

struct MachineType {
  std::string name;
  // The same machine's name at Compute Engine; "" where there is none (cloud_tpu).
  std::string compute_engine_name;
  int vcpus = 0;
  std::int64_t memory_bytes = 0;  // decimal: 15 GB are 15,000,000,000
  // Those that are part of the type; a Compute Engine type of another family gets them by an
  // accelerator_config.
  AcceleratorType accelerator = ml::v1::AcceleratorConfig::ACCELERATOR_TYPE_UNSPECIFIED;
  int accelerators = 0;
  // One of the engine's own names. A job's types are all of these or all Compute Engine's.
  bool is_legacy = false;
};

// GPUs, and TPUs, of one such machine.
int GpusOf(const MachineType& machine);
int TpusOf(const MachineType& machine);

// What price lists call a worker of a batch prediction: a machine as "standard" is, with a price of
// its own. No job can ask for one.
inline constexpr char kBatchPredictionNode[] = "batch_prediction";

// Nothing for a name that is no machine type.
std::optional<MachineType> FindMachineType(std::string_view name);

// All names, the engine's own first.
std::vector<std::string> MachineTypeNames();

}  // namespace mlengine::policy
