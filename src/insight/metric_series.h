// MetricSeries: the values of one tag in one event file, thinned as they come so that it stays
// small however long the training is. Pure; one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "insight/scalar_event.h"

namespace mlengine::insight {

// Of all values, also of those that thinning left out.
struct MetricSummary {
  std::uint64_t count = 0;
  // Of the finite values; unset when there is none.
  std::optional<double> least{};
  std::optional<double> greatest{};
  // NaN and infinite ones, and the first step at which there was one.
  std::uint64_t not_finite = 0;
  std::optional<std::int64_t> first_not_finite{};

  void Add(const MetricPoint& point);
  void Add(const MetricSummary& other);
};

class MetricSeries {
 public:
  // Of more values than this, at least this many are kept and at most twice as many: each second,
  // fourth, eighth … in the order they came, always with the first and the newest.
  static constexpr std::size_t kKept = 1000;

  void Add(const MetricPoint& point);

  // In the order they came.
  std::vector<MetricPoint> Points() const;
  const MetricSummary& summary() const { return summary_; }
  std::size_t bytes() const { return kept_.capacity() * sizeof(MetricPoint) + sizeof(*this); }

 private:
  std::vector<MetricPoint> kept_;  // whose place is a multiple of the stride
  std::uint64_t stride_ = 1;
  std::optional<MetricPoint> newest_;  // when it is not in `kept_`
  MetricSummary summary_;
};

// The points of one tag of several files of one run, in the order of the files' names, by step. Of
// two values for one step those of the later file count: a program that was restarted from a
// checkpoint does some steps again.
std::vector<MetricPoint> MergedPoints(const std::vector<const MetricSeries*>& files);

// At most `most` of the points, evenly spread, with the first and the last; the last alone for 1.
std::vector<MetricPoint> Thinned(std::vector<MetricPoint> points, std::size_t most);

}  // namespace mlengine::insight
