// ResourceSampler: what all processes of a replica use together, looked at while its program runs
// and written to samples-R (docs/formats/sample_file.md). It takes care not to disturb: looks
// become rarer where many processes make them dear, so that it stays below half a percent of a CPU.
// One thread, that of the runner.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "mlengine/runner/v1/launch_spec.pb.h"
#include "mlengine/runner/v1/status_record.pb.h"
#include "model/resource_sample.h"
#include "runner/gpu_watch.h"
#include "runner/network_watch.h"
#include "runner/process_use.h"
#include "runner/program.h"
#include "runner/replica_group.h"

namespace mlengine::runner {

class ResourceSampler {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  // Both outlive it.
  ResourceSampler(FileSystem& files, const Clock& clock, const v1::LaunchSpec& spec);

  // The program has just been started; makes the file.
  void Begin(Program& program, const ReplicaGroup& group);
  // When Look has something to do again.
  SteadyTime next() const { return next_; }
  void Look(Program& program, const ReplicaGroup& group);
  // The program has ended, and none of its processes was killed yet: the last look.
  void End(const Program& program, const ReplicaGroup& group);
  // What it came to: into the exit record. After all its processes were reaped.
  void Sum(const Program& program, v1::ResourceUse& use) const;

  // CPU time of this thread that all looks took, and how many these were.
  std::chrono::nanoseconds own_cpu() const { return own_cpu_; }
  int looks() const { return looks_; }
  const model::ResourceSample& newest() const { return sample_; }

 private:
  void Measure(const Program& program, const ReplicaGroup& group, bool is_last);
  void MeasureProcesses(const std::vector<pid_t>& pids, const Program& program);
  void MeasureMemory(std::vector<Resident> processes, std::int64_t resident);
  void Write();

  FileSystem& files_;
  const Clock& clock_;
  const v1::LaunchSpec& spec_;
  std::unique_ptr<AppendFile> file_;  // null when it could not be made
  SteadyTime start_;
  SteadyTime next_;
  std::chrono::milliseconds next_write_{};
  model::ResourceSample sample_;  // as of the last look
  NetworkWatch network_;
  GpuWatch gpus_;
  // PSS is dear: it is looked at less often, and brought forward by the change of RSS meanwhile;
  // sooner when there are other processes.
  SteadyTime next_pss_;
  SteadyTime next_pss_of_others_;
  std::vector<pid_t> pss_pids_;
  std::int64_t pss_ = 0;
  std::int64_t resident_then_ = 0;
  bool has_pss_ = false;
  bool pss_is_whole_ = true;                 // else some of it is reckoned from the rest
  std::chrono::nanoseconds pss_cpu_{};       // that it took in the last look
  std::optional<BlockBytes> reaped_before_;  // by this process, before the program
  std::int64_t peak_memory_ = 0;
  int peak_processes_ = 0;
  int peak_threads_ = 0;
  std::chrono::nanoseconds own_cpu_{};
  int looks_ = 0;
};

}  // namespace mlengine::runner
