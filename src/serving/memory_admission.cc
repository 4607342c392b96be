#include "serving/memory_admission.h"

#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <filesystem>

#include "base/file_system.h"

namespace mlengine::serving {
namespace {

// What TensorFlow takes with a model that has next to nothing (docs/benchmarks.md), about.
constexpr std::uint64_t kFramework = 128ULL << 20;

std::string Shown(std::uint64_t bytes) {
  constexpr double kGibibyte = 1ULL << 30;
  char text[32];
  const auto size = static_cast<double>(bytes);
  if (bytes >= (1ULL << 30)) {
    std::snprintf(text, sizeof(text), "%.1f GiB", size / kGibibyte);
  } else {
    std::snprintf(text, sizeof(text), "%.0f MiB", size / (1 << 20));
  }
  return text;
}

}  // namespace

std::uint64_t MemoryNeed(std::uint64_t model_bytes) {
  return model_bytes + kFramework;
}

Status CheckMemory(std::uint64_t need, const ServingMemory& memory) {
  const std::string needs = "A process of this version needs about " + Shown(need) + " of memory";
  if (memory.limit > 0 && need > memory.limit) {
    return FailedPreconditionError(needs + ", and all model servers may take " +
                                   Shown(memory.limit) + " (servingMemory in mlengine.yaml).");
  }
  if (memory.total > 0 && need > memory.total)
    return FailedPreconditionError(needs + ", and this machine has " + Shown(memory.total) + ".");
  if (memory.limit > 0 && memory.taken + need > memory.limit) {
    return ResourceExhaustedError(needs + "; of the " + Shown(memory.limit) +
                                  " that model servers may take (servingMemory in mlengine.yaml) " +
                                  Shown(memory.taken) +
                                  " are taken by those at work. Try again later.");
  }
  if (memory.total > 0 && need > memory.available) {
    return ResourceExhaustedError(needs + ", and " + Shown(memory.available) +
                                  " of this machine's " + Shown(memory.total) +
                                  " are free. Try again when less runs here.");
  }
  return OkStatus();
}

std::uint64_t ResidentBytes(pid_t pid) {
  const Result<std::string> sizes =
      RealFileSystem().Read("/proc/" + std::to_string(pid) + "/statm");
  if (!sizes.ok()) return 0;
  const std::size_t space = sizes->find(' ');
  if (space == std::string::npos) return 0;
  std::uint64_t pages = 0;
  std::from_chars(sizes->data() + space + 1, sizes->data() + sizes->size(), pages);
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t FolderBytes(const std::string& folder) {
  namespace fs = std::filesystem;
  std::uint64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error);
       !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    std::error_code gone;
    const std::uint64_t size = at->is_regular_file(gone) ? at->file_size(gone) : 0;
    if (!gone) bytes += size;
  }
  return bytes;
}

}  // namespace mlengine::serving
