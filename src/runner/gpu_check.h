// What is asked of nvidia-smi before a program that was given GPUs starts, and what its answers
// mean. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mlengine::runner {

// Lists one GPU: "GPU-6f2c…, NVIDIA H100 80GB HBM3, 81559, 12" with total and used MiB.
std::vector<std::string> GpuWords(const std::string& nvidia_smi, const std::string& uuid);

struct GpuAnswer {
  std::string name;
  long long memory_mib = 0;  // 0 when it does not tell, as the next
  long long used_mib = 0;
};

// Of its output; an empty name when the answer is not about that GPU.
GpuAnswer ParseGpuAnswer(std::string_view output, std::string_view uuid);

// "NVIDIA H100 80GB HBM3 (79.6 GiB)".
std::string Describe(const GpuAnswer& gpu);

// A program of somebody else holds so much of the GPU's memory that the job may not fit.
bool IsUsedByOthers(const GpuAnswer& gpu);

}  // namespace mlengine::runner
