// ModelProcess: the model server of one replica, started again when it dies. Any number of threads
// may ask at once.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include "base/result.h"
#include "serving/server_process.h"

namespace mlengine::batch {

class ModelProcess {
 public:
  // Returns once the model is loaded; the errors are the loader's words.
  static Result<std::unique_ptr<ModelProcess>> Start(serving::ServerProcessSpec spec);

  // Of the model, as long as the object lives.
  const serving::Signatures& signatures() const { return signatures_; }

  // UNAVAILABLE when the process died of this run or of one beside it; then one is running again
  // when this returns. ABORTED when none can be started any more.
  Result<tensors::RunAnswer> Run(const tensors::RunRequest& request);
  // The same with nothing beside it, so that who dies, dies of it.
  Result<tensors::RunAnswer> RunAlone(const tensors::RunRequest& request);

 private:
  explicit ModelProcess(serving::ServerProcessSpec spec) : spec_(std::move(spec)) {}
  std::shared_ptr<serving::ServerProcess> Current();
  Result<tensors::RunAnswer> Ask(const tensors::RunRequest& request);
  Status Restart(const std::shared_ptr<serving::ServerProcess>& dead, const Status& why);

  const serving::ServerProcessSpec spec_;
  serving::Signatures signatures_;
  std::shared_mutex alone_;  // held shared by runs beside each other
  std::mutex mutex_;
  std::shared_ptr<serving::ServerProcess> process_;  // guarded by mutex_, as the one below
  std::atomic<int> deaths_in_a_row_ = 0;
};

}  // namespace mlengine::batch
