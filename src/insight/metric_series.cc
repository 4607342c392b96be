#include "insight/metric_series.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace mlengine::insight {

void MetricSummary::Add(const MetricPoint& point) {
  ++count;
  if (std::isfinite(point.value)) {
    least = std::min(least.value_or(point.value), point.value);
    greatest = std::max(greatest.value_or(point.value), point.value);
    return;
  }
  ++not_finite;
  first_not_finite = std::min(first_not_finite.value_or(point.step), point.step);
}

void MetricSummary::Add(const MetricSummary& other) {
  count += other.count;
  not_finite += other.not_finite;
  if (other.least) least = std::min(least.value_or(*other.least), *other.least);
  if (other.greatest) greatest = std::max(greatest.value_or(*other.greatest), *other.greatest);
  if (other.first_not_finite) {
    first_not_finite =
        std::min(first_not_finite.value_or(*other.first_not_finite), *other.first_not_finite);
  }
}

void MetricSeries::Add(const MetricPoint& point) {
  const bool is_kept = summary_.count % stride_ == 0;
  summary_.Add(point);
  if (!is_kept) {
    newest_ = point;
    return;
  }
  newest_.reset();
  kept_.push_back(point);
  if (kept_.size() <= 2 * kKept) return;
  // Every second goes; the newest has an even place, as kept_ has an odd size here.
  for (std::size_t i = 2; i < kept_.size(); i += 2) kept_[i / 2] = kept_[i];
  kept_.resize(kKept + 1);
  stride_ *= 2;
}

std::vector<MetricPoint> MetricSeries::Points() const {
  std::vector<MetricPoint> points = kept_;
  if (newest_) points.push_back(*newest_);
  return points;
}

std::vector<MetricPoint> MergedPoints(const std::vector<const MetricSeries*>& files) {
  struct Placed {
    MetricPoint point;
    std::size_t file;
    std::size_t place;  // in the order they came
  };
  std::vector<Placed> all;
  for (std::size_t file = 0; file < files.size(); ++file) {
    for (const MetricPoint& point : files[file]->Points()) all.push_back({point, file, all.size()});
  }
  std::ranges::sort(all, [](const Placed& a, const Placed& b) {
    return std::pair(a.point.step, a.place) < std::pair(b.point.step, b.place);
  });
  std::vector<MetricPoint> points;
  points.reserve(all.size());
  for (std::size_t i = 0, next = 0; i < all.size(); i = next) {
    while (next < all.size() && all[next].point.step == all[i].point.step) ++next;
    const std::size_t newest = all[next - 1].file;
    for (std::size_t j = i; j < next; ++j) {
      if (all[j].file == newest) points.push_back(all[j].point);
    }
  }
  return points;
}

std::vector<MetricPoint> Thinned(std::vector<MetricPoint> points, std::size_t most) {
  if (points.size() <= most) return points;
  if (most < 2)
    return most == 0 ? std::vector<MetricPoint>{} : std::vector<MetricPoint>{points.back()};
  const std::size_t last = points.size() - 1;
  // Rises by at least one each time, as there are more points than places.
  for (std::size_t i = 1; i < most; ++i) points[i] = points[i * last / (most - 1)];
  points.resize(most);
  return points;
}

}  // namespace mlengine::insight
