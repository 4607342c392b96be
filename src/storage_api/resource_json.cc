#include "storage_api/resource_json.h"

#include <boost/json.hpp>

#include "base/digest.h"
#include "objects/object_names.h"
#include "storage_api/request_json.h"

namespace mlengine::storage_api {
namespace json = boost::json;

namespace {

constexpr std::size_t kLargestCustom = 256U << 10;  // bytes of all keys and values

struct TextField {
  const char* key;
  std::string objects::ObjectMetadata::* member;
};
constexpr TextField kTexts[] = {
    {"contentType", &objects::ObjectMetadata::content_type},
    {"contentEncoding", &objects::ObjectMetadata::content_encoding},
    {"contentDisposition", &objects::ObjectMetadata::content_disposition},
    {"contentLanguage", &objects::ObjectMetadata::content_language},
    {"cacheControl", &objects::ObjectMetadata::cache_control}};

// These go out as header fields of downloads.
Status CheckHeaderText(std::string_view key, std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      return InvalidArgumentError(std::string(key) + ": may not hold control characters");
    }
  }
  if (text.size() > 4096) {
    return InvalidArgumentError(std::string(key) + ": longer than 4096 bytes");
  }
  if (!objects::IsUtf8(text)) return InvalidArgumentError(std::string(key) + ": must be UTF-8");
  return OkStatus();
}

Status CheckCustom(const objects::ObjectMetadata& metadata) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : metadata.custom) bytes += key.size() + value.size();
  if (bytes <= kLargestCustom) return OkStatus();
  return InvalidArgumentError("metadata: " + std::to_string(bytes) +
                              " bytes of keys and values; at most " +
                              std::to_string(kLargestCustom) + " are possible");
}

Result<std::string> ParseMd5(std::string_view key, const std::string& text) {
  Result<std::string> raw = Base64Decode(text);
  if (raw.ok() && raw->size() == 16) return raw;
  return InvalidArgumentError(std::string(key) + ": \"" + text.substr(0, 60) +
                              "\" is not the base64 of an MD5 digest");
}

Result<std::uint32_t> ParseCrc32c(std::string_view key, const std::string& text) {
  const Result<std::string> raw = Base64Decode(text);
  if (!raw.ok() || raw->size() != 4) {
    return InvalidArgumentError(std::string(key) + ": \"" + text.substr(0, 60) +
                                "\" is not the base64 of a CRC-32C");
  }
  std::uint32_t crc = 0;
  for (const char c : *raw) crc = crc << 8 | static_cast<unsigned char>(c);
  return crc;
}

}  // namespace

std::string ResourceTime(Time time) {
  std::string text = FormatTimeNanos(time);
  return text.substr(0, text.size() - 7) + "Z";
}

std::string EtagOf(const objects::Object& object) {
  return Base64Encode(std::to_string(object.generation) + "/" +
                      std::to_string(object.metageneration));
}

json::object BucketJson(const objects::Bucket& bucket, const std::string& host) {
  const std::string created = ResourceTime(bucket.created);
  return {{"kind", "storage#bucket"},
          {"id", bucket.name},
          {"selfLink", host + "/storage/v1/b/" + PercentEncode(bucket.name)},
          {"name", bucket.name},
          {"location", bucket.location},
          {"locationType", "region"},
          {"storageClass", bucket.storage_class},
          {"metageneration", std::to_string(bucket.metageneration)},
          {"timeCreated", created},
          {"updated", created},
          {"etag", Base64Encode(std::to_string(bucket.metageneration))}};
}

json::object ObjectJson(const objects::Object& object, const std::string& host) {
  const std::string path =
      "/storage/v1/b/" + PercentEncode(object.bucket) + "/o/" + PercentEncode(object.name);
  const std::string generation = std::to_string(object.generation);
  json::object out{
      {"kind", "storage#object"},
      {"id", object.bucket + "/" + object.name + "/" + generation},
      {"selfLink", host + path},
      {"mediaLink", host + "/download" + path + "?generation=" + generation + "&alt=media"},
      {"name", object.name},
      {"bucket", object.bucket},
      {"generation", generation},
      {"metageneration", std::to_string(object.metageneration)}};
  for (const TextField& field : kTexts) {
    const std::string& text = object.metadata.*field.member;
    if (!text.empty()) out[field.key] = text;
  }
  out["storageClass"] = "STANDARD";
  out["size"] = std::to_string(object.size);
  if (!object.md5.empty()) out["md5Hash"] = Base64Encode(object.md5);
  if (object.crc32c) out["crc32c"] = EncodeCrc32c(*object.crc32c);
  out["etag"] = EtagOf(object);
  out["timeCreated"] = ResourceTime(object.created);
  out["updated"] = ResourceTime(object.updated);
  if (!object.metadata.custom.empty()) {
    json::object custom;
    for (const auto& [key, value] : object.metadata.custom) custom[key] = value;
    out["metadata"] = std::move(custom);
  }
  if (object.component_count) out["componentCount"] = *object.component_count;
  return out;
}

Result<objects::ObjectMetadata> PatchMetadata(objects::ObjectMetadata metadata,
                                              const json::object& body) {
  for (const TextField& field : kTexts) {
    if (!body.contains(field.key)) continue;
    MLENGINE_ASSIGN_OR_RETURN(const auto text, StringMember(body, field.key));
    MLENGINE_RETURN_IF_ERROR(CheckHeaderText(field.key, text.value_or("")));
    metadata.*field.member = text.value_or("");
  }
  if (!body.contains("metadata")) return metadata;
  MLENGINE_ASSIGN_OR_RETURN(const json::object* custom, ObjectMember(body, "metadata"));
  if (custom == nullptr) metadata.custom.clear();
  for (const auto& [key, value] : custom == nullptr ? json::object() : *custom) {
    if (value.is_null()) {
      metadata.custom.erase(std::string(key));
    } else if (value.is_string()) {
      metadata.custom[std::string(key)] = std::string(value.get_string());
    } else {
      return InvalidArgumentError("metadata." + std::string(key) + ": must be a string");
    }
  }
  MLENGINE_RETURN_IF_ERROR(CheckCustom(metadata));
  return metadata;
}

Status CheckHeaderTexts(const objects::ObjectMetadata& metadata) {
  for (const TextField& field : kTexts)
    MLENGINE_RETURN_IF_ERROR(CheckHeaderText(field.key, metadata.*field.member));
  return OkStatus();
}

Result<ObjectResource> ParseObjectResource(const json::object& body) {
  ObjectResource resource;
  MLENGINE_ASSIGN_OR_RETURN(resource.metadata, PatchMetadata({}, body));
  MLENGINE_ASSIGN_OR_RETURN(const auto name, StringMember(body, "name"));
  resource.name = name.value_or("");
  MLENGINE_ASSIGN_OR_RETURN(const auto md5, StringMember(body, "md5Hash"));
  if (md5) {
    MLENGINE_ASSIGN_OR_RETURN(resource.md5, ParseMd5("md5Hash", *md5));
  }
  MLENGINE_ASSIGN_OR_RETURN(const auto crc32c, StringMember(body, "crc32c"));
  if (crc32c) {
    MLENGINE_ASSIGN_OR_RETURN(resource.crc32c, ParseCrc32c("crc32c", *crc32c));
  }
  return resource;
}

Status ReadHashHeaders(const net::RequestHead& head, ObjectResource& resource) {
  for (const auto& [name, value] : head.headers.all()) {
    net::Headers one;
    one.Add(name, value);
    if (one.Get("Content-MD5")) {
      MLENGINE_ASSIGN_OR_RETURN(resource.md5, ParseMd5(name, value));
    }
    if (!one.Get("x-goog-hash")) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      std::string_view item = rest.substr(0, comma);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      while (item.starts_with(' ')) item.remove_prefix(1);
      while (item.ends_with(' ')) item.remove_suffix(1);
      if (item.starts_with("md5=")) {
        MLENGINE_ASSIGN_OR_RETURN(resource.md5, ParseMd5(name, std::string(item.substr(4))));
      } else if (item.starts_with("crc32c=")) {
        MLENGINE_ASSIGN_OR_RETURN(resource.crc32c, ParseCrc32c(name, std::string(item.substr(7))));
      }
    }
  }
  return OkStatus();
}

Status CheckHashes(const ObjectResource& expected, objects::ObjectWriter& writer) {
  if (expected.crc32c && *expected.crc32c != writer.crc32c()) {
    return InvalidArgumentError("Provided CRC32C \"" + EncodeCrc32c(*expected.crc32c) +
                                "\" doesn't match calculated CRC32C \"" +
                                EncodeCrc32c(writer.crc32c()) + "\"; nothing was stored");
  }
  if (!expected.md5.empty() && expected.md5 != writer.md5()) {
    return InvalidArgumentError("Provided MD5 hash \"" + Base64Encode(expected.md5) +
                                "\" doesn't match calculated MD5 hash \"" +
                                Base64Encode(writer.md5()) + "\"; nothing was stored");
  }
  return OkStatus();
}

}  // namespace mlengine::storage_api
