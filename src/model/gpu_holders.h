// Which processes compute on which GPU, as nvidia-smi lists them: the question, and its answer
// read. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/csv_field.h"
#include "base/number_text.h"

namespace mlengine::model {

struct GpuHolder {
  std::string uuid;  // of the GPU
  int pid = 0;
  std::string name;  // of the program
  friend bool operator==(const GpuHolder&, const GpuHolder&) = default;
};

inline std::vector<std::string> GpuHolderWords(const std::string& nvidia_smi) {
  return {nvidia_smi, "--query-compute-apps=gpu_uuid,pid,process_name",
          "--format=csv,noheader,nounits"};
}

// Lines that tell of no process ("No running processes found") are left out.
inline std::vector<GpuHolder> ParseGpuHolders(std::string_view lines) {
  std::vector<GpuHolder> out;
  while (!lines.empty()) {
    std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(line.size() < lines.size() ? line.size() + 1 : lines.size());
    GpuHolder holder;
    holder.uuid = std::string(TakeCsvField(line));
    holder.pid = ToNumber<decltype(holder.pid)>(TakeCsvField(line)).value_or(0);
    holder.name = std::string(TakeCsvField(line));
    if (holder.pid > 0) out.push_back(std::move(holder));
  }
  return out;
}

}  // namespace mlengine::model
