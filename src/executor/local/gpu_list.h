// The GPUs of this machine, as NVIDIA's nvidia-smi lists them, and which of them the engine may
// use.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "executor/executor.h"
#include "model/gpu_holders.h"

namespace mlengine::executor {

struct GpuOptions {
  // Absolute path of nvidia-smi; "": the one on PATH, and where there is none there is no GPU.
  std::string nvidia_smi = {};
  // Which GPUs: all of them, or those with these indexes or UUIDs.
  bool all = true;
  std::vector<std::string> chosen = {};
};

// The nvidia-smi that GpuOptions mean; "" when there is none.
std::string NvidiaSmiOf(const GpuOptions& options);

// Asks it, for at most half a minute. A machine without it has none. FAILED_PRECONDITION when one
// that is named cannot be run, answers nonsense, or lacks a GPU that was chosen; an nvidia-smi that
// was only found on PATH may fail (no driver), then there are none.
Result<std::vector<GpuDevice>> FindGpus(const GpuOptions& options);

// Who computes on which GPU now; an error when the program does not tell.
Result<std::vector<model::GpuHolder>> FindGpuHolders(const std::string& nvidia_smi);

// Of the lines that `nvidia-smi --query-gpu=index,uuid,name,memory.total
// --format=csv,noheader,nounits` prints; memory comes in MiB.
Result<std::vector<GpuDevice>> ParseGpus(std::string_view lines);

}  // namespace mlengine::executor
