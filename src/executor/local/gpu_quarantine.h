// GpuQuarantine: the GPUs of this machine on which somebody still computes though the replica that
// leased them has gone. A thread looks again every few seconds, and lets a GPU go when nobody of
// those is left. Any thread may call. Kept in memory alone: after a restart of the server the check
// before the next start is what is left.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "executor/executor.h"
#include "model/gpu_holders.h"

namespace mlengine::executor {

class GpuQuarantine {
 public:
  // Asks who computes; an error when that cannot be told now, and everything stays as it is.
  using Look = std::function<Result<std::vector<model::GpuHolder>>()>;

  explicit GpuQuarantine(Look look, std::chrono::milliseconds pause = std::chrono::seconds(5));
  ~GpuQuarantine();
  GpuQuarantine(const GpuQuarantine&) = delete;
  GpuQuarantine& operator=(const GpuQuarantine&) = delete;

  // Called on the looking thread when a GPU was let go.
  void SetHint(std::function<void()> hint);
  // Processes that a runner found on the GPU of its ended replica.
  void Put(const model::GpuHolder& holder);
  // A GPU of which nobody has looked yet: its runner was lost. Whoever computes on it holds it.
  void Suspect(const std::string& uuid);
  std::vector<HeldGpu> Held();

  // One look, as the thread takes it; true when a GPU was let go.
  bool LookNow();

 private:
  struct Entry {
    std::map<int, std::string> holders;  // PID, program
    bool suspect = false;
  };
  void Loop();

  const Look look_;
  const std::chrono::milliseconds pause_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::string, Entry> held_;  // by UUID; guarded by mutex_, as the next three
  bool hurry_ = false;
  bool stopping_ = false;
  std::function<void()> hint_;
  std::thread thread_;  // last: it uses everything above
};

}  // namespace mlengine::executor
