#include "objects/object_record.h"

#include <algorithm>
#include <boost/json.hpp>
#include <climits>
#include <cstdint>

#include "base/digest.h"

namespace mlengine::objects {
namespace json = boost::json;

namespace {

constexpr std::int64_t kVersion = 1;

struct TextField {
  const char* key;
  std::string ObjectMetadata::* member;
};
constexpr TextField kTexts[] = {{"type", &ObjectMetadata::content_type},
                                {"encoding", &ObjectMetadata::content_encoding},
                                {"disposition", &ObjectMetadata::content_disposition},
                                {"language", &ObjectMetadata::content_language},
                                {"cache", &ObjectMetadata::cache_control}};

// Readers of typed members; a wrong type is a broken record.
struct Reader {
  const json::object& object;
  bool broken = false;

  std::optional<std::int64_t> Number(const char* key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr) return std::nullopt;
    json::error_code error;
    const auto number = value->to_number<std::int64_t>(error);
    if (error) broken = true;
    return number;
  }
  // The same, from 0 to `most`.
  std::optional<std::int64_t> Count(const char* key, std::int64_t most) {
    const auto number = Number(key);
    if (number && (*number < 0 || *number > most)) broken = true;
    return number;
  }
  std::int64_t Needed(const char* key) {
    const auto number = Number(key);
    if (!number) broken = true;
    return number.value_or(0);
  }
  std::string Text(const char* key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr) return {};
    if (value->is_string()) return std::string(value->get_string());
    broken = true;
    return {};
  }
};

}  // namespace

std::string EncodeRecord(const ObjectRecord& record) {
  json::object out{{"v", kVersion},
                   {"size", record.size},
                   {"mtime", record.mtime_ns},
                   {"gen", record.generation},
                   {"meta", record.metageneration},
                   {"created", ToUnixNanos(record.created)},
                   {"updated", ToUnixNanos(record.updated)}};
  if (record.crc32c) out["crc32c"] = *record.crc32c;
  if (!record.md5.empty()) out["md5"] = Base64Encode(record.md5);
  if (record.component_count) out["parts"] = *record.component_count;
  for (const TextField& field : kTexts) {
    if (const std::string& text = record.metadata.*field.member; !text.empty()) {
      out[field.key] = text;
    }
  }
  if (!record.metadata.custom.empty()) {
    json::object custom;
    for (const auto& [key, value] : record.metadata.custom) custom[key] = value;
    out["custom"] = std::move(custom);
  }
  return json::serialize(out);
}

Result<ObjectRecord> DecodeRecord(std::string_view text) {
  const Status broken = DataLossError("an object's stored metadata is not a record of version 1");
  json::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_object()) return broken;
  Reader in{value.get_object()};
  if (in.Needed("v") != kVersion) return broken;
  ObjectRecord record;
  static_cast<void>(in.Count("size", INT64_MAX));
  record.size = static_cast<std::uint64_t>(in.Needed("size"));
  record.mtime_ns = in.Needed("mtime");
  record.generation = in.Needed("gen");
  record.metageneration = in.Needed("meta");
  record.created = FromUnixNanos(in.Needed("created"));
  record.updated = FromUnixNanos(in.Needed("updated"));
  if (const auto crc = in.Count("crc32c", UINT32_MAX))
    record.crc32c = static_cast<std::uint32_t>(*crc);
  const Result<std::string> md5 = Base64Decode(in.Text("md5"));
  if (!md5.ok()) return broken;
  record.md5 = *md5;
  if (const auto parts = in.Count("parts", INT_MAX))
    record.component_count = static_cast<int>(*parts);
  for (const TextField& field : kTexts) record.metadata.*field.member = in.Text(field.key);
  if (const json::value* custom = in.object.if_contains("custom")) {
    if (!custom->is_object()) return broken;
    for (const auto& [key, one] : custom->get_object()) {
      if (!one.is_string()) return broken;
      record.metadata.custom[std::string(key)] = std::string(one.get_string());
    }
  }
  if (in.broken) return broken;
  return record;
}

ObjectRecord RecordFor(const std::optional<ObjectRecord>& stored, std::uint64_t size,
                       std::int64_t mtime_ns) {
  if (stored && stored->size == size && stored->mtime_ns == mtime_ns) return *stored;
  ObjectRecord record;
  record.size = size;
  record.mtime_ns = mtime_ns;
  record.generation = std::max<std::int64_t>(mtime_ns / 1000, 1);
  record.created = record.updated = FromUnixNanos(mtime_ns);
  if (stored) {
    const std::int64_t last = std::min(stored->generation, INT64_MAX - 1);
    record.generation = std::max(record.generation, last + 1);
    record.metadata = stored->metadata;
  }
  return record;
}

Object ToObject(const std::string& bucket, const std::string& name, const ObjectRecord& record) {
  Object object;
  object.bucket = bucket;
  object.name = name;
  object.size = record.size;
  object.generation = record.generation;
  object.metageneration = record.metageneration;
  object.md5 = record.md5;
  object.crc32c = record.crc32c;
  object.created = record.created;
  object.updated = record.updated;
  object.component_count = record.component_count;
  object.metadata = record.metadata;
  return object;
}

}  // namespace mlengine::objects
