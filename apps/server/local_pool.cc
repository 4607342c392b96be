#include "local_pool.h"

#include <filesystem>
#include <utility>
#include <vector>

#include "base/file_system.h"
#include "executor/local/gpu_list.h"
#include "executor/local/local_executor.h"

namespace mlengine::server {

Result<std::unique_ptr<executor::Executor>> OpenLocalPool(const Options& options,
                                                          const DataFolder& data) {
  MLENGINE_ASSIGN_OR_RETURN(std::vector<executor::GpuDevice> gpus,
                            executor::FindGpus(options.gpus));
  const std::string own_folder =
      std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
  return executor::NewLocalExecutor({.runner_program = JoinPath(own_folder, "mlengine-runner"),
                                     .jobs_dir = data.Sub("jobs"),
                                     .tmp_links_dir = data.Sub("t"),
                                     .slots = options.slots,
                                     .gpus = std::move(gpus),
                                     .nvidia_smi = executor::NvidiaSmiOf(options.gpus),
                                     .adopt_children = true});
}

}  // namespace mlengine::server
