// GpuWatch: how busy the GPUs of a replica are and how full, by an nvidia-smi that goes on telling
// as long as the program runs. It is never waited for: one that ends or falls silent is started
// anew after a while, and until then nothing is known. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/process.h"
#include "base/unique_fd.h"
#include "model/resource_sample.h"

namespace mlengine::runner {

class GpuWatch {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  struct Peak {
    std::int64_t memory_bytes = 0;
    std::int64_t duty_sum = 0;  // of all readings, in percent
    std::int64_t duty_count = 0;
  };

  // Without UUIDs it does nothing.
  GpuWatch(std::string nvidia_smi, std::vector<std::string> uuids);
  // Ends the nvidia-smi.
  ~GpuWatch();
  GpuWatch(const GpuWatch&) = delete;
  GpuWatch& operator=(const GpuWatch&) = delete;

  // Takes what was told meanwhile, and starts nvidia-smi when that is due.
  void Look(SteadyTime now);
  // The mean duty since the last Take and the newest memory of each GPU, in the order of the UUIDs.
  std::vector<model::GpuSample> Take(SteadyTime now);
  // Of each GPU.
  const std::vector<Peak>& peaks() const { return peaks_; }

  // The child, which is none of the replica's program; whoever waits for all children of this
  // process waits for it too. Nothing when none runs.
  std::optional<pid_t> pid() const;
  void Stop();

 private:
  struct Reading {
    SteadyTime time{};  // of the newest
    std::optional<std::int64_t> memory_bytes{};
    int duty_sum = 0;
    int duty_count = 0;
    std::optional<int> duty{};  // the newest
  };
  void Start(SteadyTime now);
  void ReadLines(SteadyTime now);
  void TakeLine(std::string_view line, SteadyTime now);

  const std::string nvidia_smi_;
  const std::vector<std::string> uuids_;
  std::vector<Reading> readings_;
  std::vector<Peak> peaks_;
  std::optional<ChildProcess> child_;
  UniqueFd output_;
  std::string unread_;  // the beginning of a line
  SteadyTime heard_;
  SteadyTime next_start_;
};

// What is asked: a line for each GPU of the machine, again and again.
std::vector<std::string> GpuWatchWords(const std::string& nvidia_smi);

struct GpuLine {
  std::string uuid;
  model::GpuSample use;  // unset what it does not tell: "[N/A]"
};
// "GPU-6f2c…, 97, 40321": percent and MiB; an empty UUID when it is no such line.
GpuLine ParseGpuLine(std::string_view line);

}  // namespace mlengine::runner
