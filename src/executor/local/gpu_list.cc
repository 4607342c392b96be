#include "executor/local/gpu_list.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>

#include "base/csv_field.h"
#include "base/file_system.h"
#include "base/log.h"
#include "base/process.h"

namespace mlengine::executor {
namespace {

constexpr std::chrono::seconds kPatience{30};
constexpr std::string_view kMig = "MIG";

std::string OnPath(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    std::string file = JoinPath(folder, name);
    if (folder.starts_with('/') && ::access(file.c_str(), X_OK) == 0) return file;
  }
  return "";
}

bool ToNumber(std::string_view text, auto& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

Result<std::string> Ask(std::vector<std::string> words) {
  const std::string program = words[0];
  ProcessSpec spec;
  spec.words = std::move(words);
  std::string lines;
  MLENGINE_ASSIGN_OR_RETURN(const ProcessOutput output,
                            RunProcess(std::move(spec), kPatience, [&](std::string_view line) {
                              lines += std::string(line) + "\n";
                              return true;
                            }));
  if (output.end.ok()) return lines;
  return FailedPreconditionError(program + " " + Describe(output.end) + ": " +
                                 lines.substr(0, lines.find('\n')));
}

Result<std::vector<GpuDevice>> Choose(const GpuOptions& options, std::vector<GpuDevice> found) {
  if (options.all) return found;
  std::vector<GpuDevice> out;
  for (const std::string& name : options.chosen) {
    const auto gpu = std::ranges::find_if(found, [&](const GpuDevice& one) {
      return one.uuid == name || std::to_string(one.index) == name;
    });
    if (gpu == found.end()) {
      std::string there;
      for (const GpuDevice& one : found)
        there += (there.empty() ? "" : ", ") + std::to_string(one.index) + " (" + one.uuid + ")";
      return FailedPreconditionError("this machine has no GPU " + name + "; it has " +
                                     (there.empty() ? "none" : there));
    }
    out.push_back(*gpu);
    found.erase(gpu);
  }
  return out;
}

}  // namespace

std::string NvidiaSmiOf(const GpuOptions& options) {
  return options.nvidia_smi.empty() ? OnPath("nvidia-smi") : options.nvidia_smi;
}

Result<std::vector<model::GpuHolder>> FindGpuHolders(const std::string& nvidia_smi) {
  MLENGINE_ASSIGN_OR_RETURN(const std::string lines, Ask(model::GpuHolderWords(nvidia_smi)));
  return model::ParseGpuHolders(lines);
}

Result<std::vector<GpuDevice>> ParseGpus(std::string_view lines) {
  std::vector<GpuDevice> out;
  while (!lines.empty()) {
    std::string_view line = lines.substr(0, lines.find('\n'));
    const std::string whole(line);
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    if (line.empty()) continue;
    GpuDevice gpu;
    const std::string_view index = TakeCsvField(line);
    gpu.uuid = std::string(TakeCsvField(line));
    gpu.name = std::string(TakeCsvField(line));
    const std::string_view memory = TakeCsvField(line);
    std::int64_t mebibytes = 0;
    // A GPU may keep its memory's size to itself: "[N/A]".
    const bool knows_memory =
        ToNumber(memory, mebibytes) && mebibytes >= 0 && mebibytes <= (INT64_MAX >> 20);
    if (!ToNumber(index, gpu.index) ||
        !(gpu.uuid.starts_with("GPU-") || gpu.uuid.starts_with(kMig)) || gpu.name.empty() ||
        !line.empty()) {
      return FailedPreconditionError("nvidia-smi told of a GPU in a line that cannot be read: \"" +
                                     whole.substr(0, 200) + "\"");
    }
    gpu.memory_bytes = knows_memory ? mebibytes << 20 : 0;
    out.push_back(std::move(gpu));
  }
  return out;
}

Result<std::vector<GpuDevice>> FindGpus(const GpuOptions& options) {
  if (!options.all && options.chosen.empty()) return std::vector<GpuDevice>{};
  const std::string program = NvidiaSmiOf(options);
  if (program.empty()) return Choose(options, {});
  const Result<std::string> lines =
      Ask({program, "--query-gpu=index,uuid,name,memory.total", "--format=csv,noheader,nounits"});
  if (!lines.ok()) {
    if (!options.nvidia_smi.empty() || !options.all) {
      return FailedPreconditionError("the GPUs of this machine cannot be listed: " +
                                     lines.status().message());
    }
    Log(LogLevel::kWarning, "nvidia-smi fails, so no GPU is used",
        {{"status", lines.status().ToString()}});
    return std::vector<GpuDevice>{};
  }
  MLENGINE_ASSIGN_OR_RETURN(std::vector<GpuDevice> found, ParseGpus(*lines));
  return Choose(options, std::move(found));
}

}  // namespace mlengine::executor
