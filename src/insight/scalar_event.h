// The scalars in one record of a TensorBoard event file: the message `Event` of TensorFlow, of
// which only what scalars need is read. Pure; takes any bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace mlengine::insight {

// One value at one step. `value` may be NaN or infinite. A value that was written as a float is the
// double with the same shortest decimal: 0.1, not 0.10000000149011612.
struct MetricPoint {
  std::int64_t step = 0;
  Time time;
  double value = 0;
};

using TakeScalar = std::function<void(std::string_view tag, const MetricPoint& point)>;

class ScalarEvents {
 public:
  static constexpr std::size_t kLongestTag = 512;  // bytes

  // Hands on each scalar of the record: those of TF1 and PyTorch (`simple_value`), and tensors of
  // one number whose plugin is "scalars", here or in an earlier record of the file. Everything else
  // (graphs, histograms, images, texts) is passed over. False when the bytes are no Event; what was
  // handed on before that stays.
  bool Read(std::string_view record, const TakeScalar& take);

  // Scalars that were left out because their tag is longer than kLongestTag.
  std::uint64_t left_out() const { return left_out_; }

 private:
  bool ReadSummary(std::string_view summary, MetricPoint point, const TakeScalar& take);
  bool ReadValue(std::string_view value, MetricPoint point, const TakeScalar& take);

  std::set<std::string, std::less<>> scalar_tags_;  // whose plugin was told once
  std::uint64_t left_out_ = 0;
};

// Whether the first bytes of a record are those of an Event whose summary is still to come: false
// when it is known to be something else, such as a graph.
bool MayHoldScalars(std::string_view first_bytes);

}  // namespace mlengine::insight
