#include "serving/figures.h"

#include <algorithm>
#include <iterator>

namespace mlengine::serving {
namespace {

using std::chrono::system_clock;

template <std::size_t kBounds>
void Add(Histogram<kBounds>& histogram, const std::array<double, kBounds>& bounds, double value) {
  const auto bucket = std::ranges::lower_bound(bounds, value);
  ++histogram.counts[static_cast<std::size_t>(std::distance(bounds.begin(), bucket))];
  histogram.sum += value;
}

system_clock::time_point SliceOf(system_clock::time_point now) {
  const auto since = now.time_since_epoch();
  return system_clock::time_point(since - since % kTrafficSlice);
}

bool IsError(Outcome outcome) {
  return outcome != Outcome::kAnswered && outcome != Outcome::kRefused;
}

}  // namespace

const char* OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAnswered:
      return "answered";
    case Outcome::kRefused:
      return "refused";
    case Outcome::kTooMany:
      return "too_many";
    case Outcome::kUnavailable:
      return "unavailable";
    case Outcome::kTooLate:
      return "too_late";
    case Outcome::kFailed:
      break;
  }
  return "failed";
}

void Observe(LatencyHistogram& histogram, double seconds) {
  Add(histogram, kLatencyBounds, seconds);
}

double Quantile(const LatencyHistogram& histogram, double part) {
  const std::uint64_t all = histogram.count();
  if (all == 0) return 0;
  const double wanted = part * static_cast<double>(all);
  double below = 0;
  for (std::size_t i = 0; i < kLatencyBounds.size(); ++i) {
    const auto here = static_cast<double>(histogram.counts[i]);
    if (here > 0 && below + here >= wanted) {
      const double low = i == 0 ? 0 : kLatencyBounds[i - 1];
      return low + (kLatencyBounds[i] - low) * (wanted - below) / here;
    }
    below += here;
  }
  return kLatencyBounds.back();
}

void FigureKeeper::CountRequest(Outcome outcome, std::chrono::nanoseconds took,
                                std::uint64_t instances) {
  const system_clock::time_point now = system_clock::now();
  const double seconds = std::chrono::duration<double>(took).count();
  const std::lock_guard lock(mutex_);
  ++figures_.outcomes[static_cast<std::size_t>(outcome)];
  figures_.last_use = now;
  if (slices_.empty() || slices_.back().begin != SliceOf(now)) {
    slices_.push_back({.begin = SliceOf(now), .latency = {}});
    while (slices_.size() > kTrafficSlices ||
           slices_.front().begin + kTrafficSlice * kTrafficSlices < now)
      slices_.pop_front();
  }
  Slice& slice = slices_.back();
  ++slice.requests;
  if (IsError(outcome)) ++slice.errors;
  if (outcome != Outcome::kAnswered) return;
  figures_.instances += instances;
  Observe(figures_.latency, seconds);
  Observe(slice.latency, seconds);
}

void FigureKeeper::CountRun(std::int64_t instances, std::size_t requests) {
  const std::lock_guard lock(mutex_);
  Add(figures_.batches, kBatchBounds, static_cast<double>(instances));
  if (requests > 1) figures_.joined += requests;
}

void FigureKeeper::CountStart() {
  const std::lock_guard lock(mutex_);
  ++figures_.starts;
}

void FigureKeeper::CountDeath() {
  const std::lock_guard lock(mutex_);
  ++figures_.deaths;
}

VersionFigures FigureKeeper::Get() const {
  const auto oldest = system_clock::now() - kTrafficSlice * kTrafficSlices;
  const std::lock_guard lock(mutex_);
  VersionFigures figures = figures_;
  for (const Slice& slice : slices_) {
    if (slice.begin < oldest) continue;
    figures.traffic.push_back({slice.begin, slice.requests, slice.errors,
                               Quantile(slice.latency, 0.5), Quantile(slice.latency, 0.95)});
  }
  return figures;
}

}  // namespace mlengine::serving
