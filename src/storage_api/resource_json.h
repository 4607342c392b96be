// Buckets and objects as JSON resources, and the writable part of an object's resource read back.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"
#include "objects/object_store.h"

namespace mlengine::storage_api {

// `host` is "http://127.0.0.1:8650", for the links.
boost::json::object BucketJson(const objects::Bucket& bucket, const std::string& host);
boost::json::object ObjectJson(const objects::Object& object, const std::string& host);

// Unquoted; changes with every change of the object.
std::string EtagOf(const objects::Object& object);
// "2018-01-02T03:04:05.123Z"
std::string ResourceTime(Time time);

// What a client says of an object that it uploads, or changes.
struct ObjectResource {
  std::string name;  // "" when not given
  objects::ObjectMetadata metadata;
  std::string md5;                      // raw; "" when not given
  std::optional<std::uint32_t> crc32c;  // expected
};
// Members that only the server sets, and those of other features, are ignored. INVALID_ARGUMENT
// names a member of a wrong type or value.
Result<ObjectResource> ParseObjectResource(const boost::json::object& body);

// The changes of a PATCH: null removes, metadata is merged by key.
Result<objects::ObjectMetadata> PatchMetadata(objects::ObjectMetadata metadata,
                                              const boost::json::object& body);

// INVALID_ARGUMENT where a text that goes out as a header field of downloads is too long, holds
// control characters, or is not UTF-8. For texts that did not come as JSON.
Status CheckHeaderTexts(const objects::ObjectMetadata& metadata);

// "crc32c=…,md5=…" of a request's x-goog-hash, and Content-MD5, into the resource.
Status ReadHashHeaders(const net::RequestHead& head, ObjectResource& resource);

// INVALID_ARGUMENT when the bytes are not those that the client announced.
Status CheckHashes(const ObjectResource& expected, objects::ObjectWriter& writer);

}  // namespace mlengine::storage_api
