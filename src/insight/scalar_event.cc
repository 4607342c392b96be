#include "insight/scalar_event.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "insight/proto_fields.h"
#include "insight/scalar_tensor.h"

namespace mlengine::insight {
namespace {

using Kind = ProtoFields::Kind;

// Numbers of the fields, as TensorFlow gave them.
constexpr std::uint32_t kEventWallTime = 1;
constexpr std::uint32_t kEventStep = 2;
constexpr std::uint32_t kEventSummary = 5;
constexpr std::uint32_t kSummaryValue = 1;
constexpr std::uint32_t kValueTag = 1;
constexpr std::uint32_t kValueSimple = 2;
constexpr std::uint32_t kValueTensor = 8;
constexpr std::uint32_t kValueMetadata = 9;
constexpr std::uint32_t kMetadataPlugin = 1;
constexpr std::uint32_t kMetadataDataClass = 4;
constexpr std::uint32_t kPluginName = 1;

constexpr std::uint64_t kDataClassScalar = 1;
constexpr std::string_view kScalarPlugin = "scalars";
constexpr std::size_t kTagsKept = 4096;

// Microseconds are what a double of today's seconds holds.
Time TimeOf(double seconds) {
  constexpr double kLast = 9'000'000'000;  // the year 2255, within what Time holds
  if (std::isnan(seconds)) seconds = 0;
  const double micros = std::round(std::clamp(seconds, -kLast, kLast) * 1e6);
  return FromUnixNanos(static_cast<long long>(micros) * 1000);
}

struct Plugin {
  std::string_view name;
  bool is_scalar = false;
};

bool ReadMetadata(std::string_view bytes, Plugin& out) {
  ProtoFields metadata(bytes);
  while (metadata.Next()) {
    if (metadata.Is(kMetadataDataClass, Kind::kVarint))
      out.is_scalar |= metadata.integer() == kDataClassScalar;
    if (!metadata.Is(kMetadataPlugin, Kind::kBytes)) continue;
    ProtoFields plugin(metadata.bytes());
    while (plugin.Next()) {
      if (plugin.Is(kPluginName, Kind::kBytes)) out.name = plugin.bytes();
    }
    if (!plugin.ok()) return false;
  }
  out.is_scalar |= out.name == kScalarPlugin;
  return metadata.ok();
}

}  // namespace

bool ScalarEvents::Read(std::string_view record, const TakeScalar& take) {
  MetricPoint point;
  ProtoFields event(record);
  bool has_summary = false;
  double seconds = 0;
  while (event.Next()) {
    if (event.Is(kEventWallTime, Kind::kFixed64)) seconds = event.AsDouble();
    if (event.Is(kEventStep, Kind::kVarint))
      point.step = static_cast<std::int64_t>(event.integer());
    has_summary |= event.Is(kEventSummary, Kind::kBytes);
  }
  if (!event.ok()) return false;
  if (!has_summary) return true;
  point.time = TimeOf(seconds);
  ProtoFields again(record);
  while (again.Next()) {
    if (again.Is(kEventSummary, Kind::kBytes) && !ReadSummary(again.bytes(), point, take))
      return false;
  }
  return true;
}

bool ScalarEvents::ReadSummary(std::string_view summary, MetricPoint point,
                               const TakeScalar& take) {
  ProtoFields fields(summary);
  while (fields.Next()) {
    if (fields.Is(kSummaryValue, Kind::kBytes) && !ReadValue(fields.bytes(), point, take))
      return false;
  }
  return fields.ok();
}

bool ScalarEvents::ReadValue(std::string_view value, MetricPoint point, const TakeScalar& take) {
  std::string_view tag;
  std::optional<float> simple;
  std::optional<std::string_view> tensor;
  Plugin plugin;
  ProtoFields fields(value);
  while (fields.Next()) {
    if (fields.Is(kValueTag, Kind::kBytes)) tag = fields.bytes();
    if (fields.Is(kValueSimple, Kind::kFixed32)) simple = fields.AsFloat();
    if (fields.Is(kValueTensor, Kind::kBytes)) tensor = fields.bytes();
    if (fields.Is(kValueMetadata, Kind::kBytes) && !ReadMetadata(fields.bytes(), plugin))
      return false;
  }
  if (!fields.ok()) return false;
  const bool known = scalar_tags_.contains(tag);
  const bool is_scalar = simple || (tensor && (plugin.is_scalar || (plugin.name.empty() && known)));
  if (!is_scalar || tag.empty()) return true;
  if (tag.size() > kLongestTag) {
    ++left_out_;
    return true;
  }
  if (plugin.is_scalar && !known && scalar_tags_.size() < kTagsKept) scalar_tags_.emplace(tag);
  const std::optional<double> number = simple ? WidenFloat(*simple) : ScalarOfTensor(*tensor);
  if (!number) return true;
  point.value = *number;
  take(tag, point);
  return true;
}

bool MayHoldScalars(std::string_view first_bytes) {
  std::string_view rest = first_bytes;
  while (!rest.empty()) {
    const std::optional<std::uint64_t> key = TakeVarint(rest);
    if (!key) return true;
    const std::uint64_t number = *key >> 3;
    if (number != kEventWallTime && number != kEventStep) return number == kEventSummary;
    if (number == kEventWallTime) {
      rest.remove_prefix(std::min<std::size_t>(8, rest.size()));
    } else if (!TakeVarint(rest)) {
      return true;
    }
  }
  return true;
}

}  // namespace mlengine::insight
