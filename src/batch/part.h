// Part: a committed piece of a span's results, as the custom metadata of its object tells of it.
// Counts go from the beginning of the span to the end of the part. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "batch/instance_reader.h"

namespace mlengine::batch {

struct PartInfo {
  ReadPlace place;  // where the next part begins
  std::uint64_t predictions = 0;
  std::uint64_t errors = 0;
  std::uint64_t stored_bytes = 0;  // of the file, that are read, counted from the span's beginning
  bool last = false;               // the span has no more
  std::string errors_nonce;        // of the object with this part's errors; "" when it has none
  friend bool operator==(const PartInfo&, const PartInfo&) = default;
};

using Metadata = std::map<std::string, std::string>;

Metadata EncodePart(const PartInfo& info);
// DATA_LOSS when a number is missing or none.
Result<PartInfo> DecodePart(const Metadata& metadata);

// How far a span is: the parts from 0 on without a gap.
struct SpanState {
  std::size_t parts = 0;
  PartInfo info;  // of the last of them

  bool complete() const { return parts > 0 && info.last; }
};

}  // namespace mlengine::batch
