#include "serving/worker_folder.h"

#include <filesystem>

#include "base/file_system.h"

namespace mlengine::serving {

// Beside the program: installed; the release build; the other builds, one folder deeper.
Result<std::string> WorkerFolder() {
  std::error_code unknown;
  const std::filesystem::path programs =
      std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path();
  for (const char* place : {"../share/mlengine/python", "../../python", "../../../python"}) {
    const std::string folder = (programs / place).lexically_normal().string();
    if (RealFileSystem().Stat(JoinPath(folder, "mlengine_worker/main.py")).ok()) return folder;
  }
  return InternalError("The Python worker is missing beside " + programs.string() +
                       "; install mlengine again.");
}

}  // namespace mlengine::serving
