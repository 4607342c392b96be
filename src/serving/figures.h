// Figures: what became of the requests of one version since the server started, and lately.
// Thread-safe; counting takes well under a microsecond.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

namespace mlengine::serving {

enum class Outcome {
  kAnswered,
  kRefused,      // by the model, or by its signature: the request is wrong
  kTooMany,      // 429
  kUnavailable,  // 503: the process died under it, or could not be started
  kTooLate,      // 504
  kFailed,       // anything else
};
constexpr std::size_t kOutcomes = 6;
const char* OutcomeName(Outcome outcome);  // "answered", "refused", …

// Counts by size: a bucket counts what is at most its bound and more than the one before.
template <std::size_t kBounds>
struct Histogram {
  std::array<std::uint64_t, kBounds + 1> counts = {};  // the last: what is above all bounds
  double sum = 0;

  std::uint64_t count() const {
    std::uint64_t all = 0;
    for (const std::uint64_t one : counts) all += one;
    return all;
  }
};

// Seconds, from 100 µs to 80 s, ten to a decade. Those with a first digit of 1, 2 and 5 are
// kLatencyBounds[i] with i % 10 of 0, 3 and 7.
constexpr std::array<double, 60> LatencyBounds() {
  constexpr std::array<double, 10> kDigits = {1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8};
  std::array<double, 60> bounds = {};
  double decade = 0.0001;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    bounds[i] = decade * kDigits[i % kDigits.size()];
    if (i % kDigits.size() == kDigits.size() - 1) decade *= 10;
  }
  return bounds;
}
constexpr std::array<double, 60> kLatencyBounds = LatencyBounds();
constexpr std::array<double, 10> kBatchBounds = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512};
using LatencyHistogram = Histogram<kLatencyBounds.size()>;
using BatchHistogram = Histogram<kBatchBounds.size()>;

void Observe(LatencyHistogram& histogram, double seconds);
// The value below which that part (0 to 1) of all lie, guessed within its bucket; 0 for none.
double Quantile(const LatencyHistogram& histogram, double part);

// What happened in one slice of time.
struct TrafficPoint {
  std::chrono::system_clock::time_point begin;
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;  // all but answered and refused
  double p50 = 0;            // seconds, of the answered
  double p95 = 0;
};

constexpr std::chrono::seconds kTrafficSlice{10};
constexpr std::size_t kTrafficSlices = 360;  // an hour

struct VersionFigures {
  std::array<std::uint64_t, kOutcomes> outcomes = {};
  std::uint64_t instances = 0;  // that were answered
  LatencyHistogram latency;     // of the answered, from the body to the answer
  BatchHistogram batches;       // instances of each run of the model
  std::uint64_t joined = 0;     // requests that shared a run
  std::uint64_t starts = 0;     // of processes
  std::uint64_t deaths = 0;     // that nobody asked for
  std::chrono::system_clock::time_point last_use = {};  // the epoch: never
  std::vector<TrafficPoint> traffic;  // oldest first; slices without a request are left out
};

class FigureKeeper final {
 public:
  void CountRequest(Outcome outcome, std::chrono::nanoseconds took, std::uint64_t instances);
  void CountRun(std::int64_t instances, std::size_t requests);
  void CountStart();
  void CountDeath();
  VersionFigures Get() const;

 private:
  struct Slice {
    std::chrono::system_clock::time_point begin;
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;
    LatencyHistogram latency;
  };
  mutable std::mutex mutex_;
  VersionFigures figures_;  // without traffic; guarded by mutex_, as below
  std::deque<Slice> slices_;
};

}  // namespace mlengine::serving
