// ObjectRecord: what is kept beside an object's bytes, and its text form (one JSON object, version
// 1, docs/formats/object_layout.md). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "objects/object_store.h"

namespace mlengine::objects {

struct ObjectRecord {
  // The file it was written for; a file of other size or time was changed by somebody else.
  std::uint64_t size = 0;     // bytes
  std::int64_t mtime_ns = 0;  // since 1970
  std::int64_t generation = 0;
  std::int64_t metageneration = 1;
  std::optional<std::uint32_t> crc32c;  // unknown until a dropped file is read
  std::string md5;                      // raw; "" when unknown or composed
  Time created;
  Time updated;
  std::optional<int> component_count;
  ObjectMetadata metadata;
};

std::string EncodeRecord(const ObjectRecord& record);
// DATA_LOSS for what EncodeRecord did not write, or another version.
Result<ObjectRecord> DecodeRecord(std::string_view text);

// The record of a file with these stats: `stored` where it fits the file, else one made up from the
// stats (generation from the time of the last change, and greater than the stored one).
ObjectRecord RecordFor(const std::optional<ObjectRecord>& stored, std::uint64_t size,
                       std::int64_t mtime_ns);

Object ToObject(const std::string& bucket, const std::string& name, const ObjectRecord& record);

}  // namespace mlengine::objects
