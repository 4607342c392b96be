// TensorBoard event files: the same comes out however the bytes are cut, damage is counted, and
// what comes out can be kept and merged.
#include "insight/event_file.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "base/digest.h"
#include "fuzz_target.h"
#include "insight/metric_series.h"
#include "insight/scalar_tensor.h"
#include "insight/testing/event_writer.h"

namespace mlengine::fuzz {
namespace {

using insight::EventFile;
using insight::MetricPoint;

struct Told {
  std::string tag;
  MetricPoint point;
};

struct Reading {
  EventFile file;
  std::vector<Told> told;

  Reading(std::string_view bytes, std::size_t piece) {
    for (std::string_view rest = bytes; !rest.empty();) {
      file.Add(rest.substr(0, piece), [this](std::string_view tag, const MetricPoint& point) {
        told.push_back({std::string(tag), point});
      });
      rest.remove_prefix(std::min(rest.size(), piece));
    }
  }
};

bool Same(const Told& a, const Told& b) {
  const bool value =
      a.point.value == b.point.value || (std::isnan(a.point.value) && std::isnan(b.point.value));
  return value && a.tag == b.tag && a.point.step == b.point.step && a.point.time == b.point.time;
}

void CheckFile(std::string_view bytes) {
  const Reading whole(bytes, std::max<std::size_t>(bytes.size(), 1));
  const insight::EventFileDamage& damage = whole.file.damage();
  Require(whole.file.offset() == bytes.size(), "all bytes are taken");
  Require(whole.file.waiting() <= bytes.size(), "what waits was given");
  Require(damage.bytes <= bytes.size(), "no more is damaged than there is");
  Require((damage.places == 0) == (damage.bytes == 0), "damage has bytes");
  for (const std::size_t piece : {1U, 7U, 64U}) {
    const Reading pieces(bytes, piece);
    Require(std::equal(whole.told.begin(), whole.told.end(), pieces.told.begin(), pieces.told.end(),
                       Same),
            "pieces change nothing");
    Require(
        pieces.file.damage().bytes == damage.bytes && pieces.file.damage().places == damage.places,
        "nor what is damaged");
  }
  std::map<std::string, insight::MetricSeries> series;
  for (const Told& one : whole.told) {
    Require(!one.tag.empty() && one.tag.size() <= insight::ScalarEvents::kLongestTag,
            "a tag is neither empty nor too long");
    series[one.tag].Add(one.point);
  }
  for (const auto& [tag, one] : series) {
    const std::vector<MetricPoint> points = insight::MergedPoints({&one});
    Require(!points.empty() && points.size() <= one.summary().count, "no point is made up");
    Require(std::ranges::is_sorted(points, {}, &MetricPoint::step), "points are by step");
    Require(insight::Thinned(points, 3).size() == std::min<std::size_t>(points.size(), 3),
            "thinned to what was asked for");
  }
}

}  // namespace

// The first byte chooses: a file as it is; or records, parted by lines "--8<--", each put into a
// frame with the right checksums, which no mutation of bytes would find.
FUZZ_TARGET(event_file) {
  if (bytes.empty()) return;
  const bool is_file = (bytes[0] & 1) != 0;
  bytes.remove_prefix(1);
  if (is_file) return CheckFile(bytes);
  std::string file;
  for (const std::string& record : SplitInput(bytes, 4)) file += insight::Frame(record);
  CheckFile(file);
  static_cast<void>(insight::ScalarOfTensor(bytes));
}

}  // namespace mlengine::fuzz
