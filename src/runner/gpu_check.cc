#include "runner/gpu_check.h"

#include <cstdio>
#include <cstdlib>

#include "base/csv_field.h"

namespace mlengine::runner {
namespace {

// A driver keeps some of an idle GPU for itself.
constexpr long long kIdleMib = 1024;

}  // namespace

std::vector<std::string> GpuWords(const std::string& nvidia_smi, const std::string& uuid) {
  return {nvidia_smi, "--id=" + uuid, "--query-gpu=uuid,name,memory.total,memory.used",
          "--format=csv,noheader,nounits"};
}

GpuAnswer ParseGpuAnswer(std::string_view output, std::string_view uuid) {
  std::string_view line = output.substr(0, output.find('\n'));
  if (TakeCsvField(line) != uuid) return {};
  GpuAnswer gpu;
  gpu.name = std::string(TakeCsvField(line));
  gpu.memory_mib = std::atoll(std::string(TakeCsvField(line)).c_str());
  gpu.used_mib = std::atoll(std::string(TakeCsvField(line)).c_str());
  return gpu;
}

std::string Describe(const GpuAnswer& gpu) {
  if (gpu.memory_mib == 0) return gpu.name;
  char size[32];
  std::snprintf(size, sizeof(size), " (%.1f GiB)", static_cast<double>(gpu.memory_mib) / 1024);
  return gpu.name + size;
}

bool IsUsedByOthers(const GpuAnswer& gpu) {
  return gpu.used_mib > kIdleMib;
}

}  // namespace mlengine::runner
