#include "objects/bucket_record.h"

#include <boost/json.hpp>

namespace mlengine::objects {
namespace json = boost::json;

std::string EncodeBucket(const Bucket& bucket) {
  return json::serialize(json::object{{"v", 1},
                                      {"project", bucket.project},
                                      {"location", bucket.location},
                                      {"class", bucket.storage_class},
                                      {"created", ToUnixNanos(bucket.created)},
                                      {"meta", bucket.metageneration}}) +
         "\n";
}

Result<Bucket> DecodeBucket(std::string_view text) {
  const Status broken = DataLossError("a bucket's file %bucket is not a record of version 1");
  json::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_object()) return broken;
  const json::object& object = value.get_object();
  const auto number = [&](const char* key) -> std::optional<std::int64_t> {
    const json::value* one = object.if_contains(key);
    if (one == nullptr || !one->is_int64()) return std::nullopt;
    return one->get_int64();
  };
  const auto string = [&](const char* key) -> std::optional<std::string> {
    const json::value* one = object.if_contains(key);
    if (one == nullptr || !one->is_string()) return std::nullopt;
    return std::string(one->get_string());
  };
  const auto project = string("project");
  const auto location = string("location");
  const auto storage_class = string("class");
  const auto created = number("created");
  const auto metageneration = number("meta");
  if (number("v") != 1 || !project || !location || !storage_class || !created || !metageneration) {
    return broken;
  }
  Bucket bucket;
  bucket.project = *project;
  bucket.location = *location;
  bucket.storage_class = *storage_class;
  bucket.created = FromUnixNanos(*created);
  bucket.metageneration = *metageneration;
  return bucket;
}

}  // namespace mlengine::objects
