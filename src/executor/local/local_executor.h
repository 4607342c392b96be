// LocalExecutor: replicas as runner processes on this machine. The truth lies in the replicas'
// folders (launch spec, lease, status record, the runner's lock); the executor keeps nothing that
// it could not read there again.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "executor/executor.h"

namespace mlengine::executor {

struct LocalExecutorOptions {
  std::string runner_program;  // absolute path of mlengine-runner
  // Absolute folder below which the replicas' folders lie (model/replica_folder.h).
  std::string jobs_dir;
  // Absolute folder for short names of the replicas' tmp folders; "": they get none.
  std::string tmp_links_dir = {};
  int slots = 0;                     // 0: one per CPU that this process may use
  std::vector<GpuDevice> gpus = {};  // that replicas may use; see gpu_list.h
  std::string nvidia_smi = {};       // asked who still holds one of them
  // The children that this process has now are runners of the program that it was before.
  bool adopt_children = false;
};

// Watches the replicas' folders, so that the change hint comes within milliseconds of a runner's
// step. The runners go on when the executor goes.
Result<std::unique_ptr<Executor>> NewLocalExecutor(LocalExecutorOptions options);

}  // namespace mlengine::executor
