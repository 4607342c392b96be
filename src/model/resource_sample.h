// ResourceSample: what all processes of a replica had used at one moment. Written by its runner to
// samples-R in the replica's folder and read by the server; docs/formats/sample_file.md is the page
// of that file. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace mlengine::model {

struct GpuSample {
  std::optional<int> duty_percent{};           // of the time since the look before, 0 to 100
  std::optional<std::int64_t> memory_bytes{};  // in use on the whole card; whole MiB on disk
  friend bool operator==(const GpuSample&, const GpuSample&) = default;
};

// Counters are sums since the replica's start. They may stand still or, where a process hid from
// the look, fall; they are never negative.
struct NetworkSample {
  std::int64_t sent_bytes = 0;  // to and from other machines
  std::int64_t received_bytes = 0;
  std::int64_t loopback_sent_bytes = 0;  // within this machine
  std::int64_t loopback_received_bytes = 0;
  bool of_host = false;  // the machine's counters: its sockets could not be looked at
  friend bool operator==(const NetworkSample&, const NetworkSample&) = default;
};

struct DiskSample {
  std::int64_t read_bytes = 0;  // from and to block devices
  std::int64_t written_bytes = 0;
  friend bool operator==(const DiskSample&, const DiskSample&) = default;
};

struct ResourceSample {
  Time time{};                          // the machine's clock at the start, plus `elapsed`
  std::chrono::milliseconds elapsed{};  // since the program's start
  std::chrono::milliseconds cpu_user{};
  std::chrono::milliseconds cpu_system{};
  std::int64_t memory_bytes = 0;    // PSS
  bool memory_is_resident = false;  // RSS instead, which counts shared pages once for each process
  int processes = 0;
  int threads = 0;                         // of all processes together
  std::optional<DiskSample> disk{};        // unset: cannot be told here
  std::optional<NetworkSample> network{};  // likewise
  std::vector<GpuSample> gpus{};           // in the order in which they were leased

  std::chrono::milliseconds cpu() const { return cpu_user + cpu_system; }
  friend bool operator==(const ResourceSample&, const ResourceSample&) = default;
};

// What was used per second between two samples. A counter that fell counts as standing still.
struct ResourceRates {
  double cores = 0;      // CPU seconds a second
  double disk_read = 0;  // bytes a second, as are the others
  double disk_written = 0;
  double network_sent = 0;  // loopback left out
  double network_received = 0;
  double loopback_sent = 0;
  double loopback_received = 0;
};
// Zeros unless `to` is later than `from`.
ResourceRates RatesBetween(const ResourceSample& from, const ResourceSample& to);

// How long the runner waits between two samples when its program has run for so long: a week of
// them stays below 1 MiB.
std::chrono::milliseconds SampleInterval(std::chrono::milliseconds elapsed);
// A runner writes no more than this to one file.
inline constexpr std::uint64_t kMostSampleBytes = 4U << 20;
inline constexpr std::size_t kMostSampledGpus = 32;

}  // namespace mlengine::model
