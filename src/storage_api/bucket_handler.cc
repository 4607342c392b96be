#include "storage_api/bucket_handler.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/digest.h"
#include "objects/object_names.h"
#include "storage_api/answer.h"
#include "storage_api/request_json.h"
#include "storage_api/resource_json.h"

namespace mlengine::storage_api {
namespace json = boost::json;

namespace {

constexpr std::int64_t kLargestPage = 1000;

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
  });
  return text;
}

Result<objects::Bucket> ParseBucket(const net::Request& request) {
  MLENGINE_ASSIGN_OR_RETURN(const json::object body, ParseJsonBody(request.body));
  objects::Bucket bucket;
  MLENGINE_ASSIGN_OR_RETURN(const auto name, StringMember(body, "name"));
  if (!name) return InvalidArgumentError("name: a bucket needs a name");
  bucket.name = *name;
  MLENGINE_ASSIGN_OR_RETURN(const auto location, StringMember(body, "location"));
  bucket.location = Upper(location.value_or(""));
  MLENGINE_ASSIGN_OR_RETURN(const auto storage_class, StringMember(body, "storageClass"));
  bucket.storage_class = Upper(storage_class.value_or(""));
  bucket.project = std::string(request.Query("project").value_or(""));
  if (!objects::IsUtf8(bucket.project)) return InvalidArgumentError("project: must be UTF-8");
  return bucket;
}

net::Response Insert(Door& door, net::Request& request) {
  const Result<objects::Bucket> asked = ParseBucket(request);
  if (!asked.ok()) return ErrorAnswer(asked.status());
  const Result<objects::Bucket> made = door.deps.objects->CreateBucket(*asked);
  if (!made.ok()) return ErrorAnswer(made.status());
  return JsonAnswer(request, BucketJson(*made, request.scheme_and_host));
}

net::Response Get(Door& door, net::Request& request) {
  const Result<objects::Bucket> bucket = door.deps.objects->GetBucket(request.path_values[0]);
  if (!bucket.ok()) return ErrorAnswer(bucket.status());
  return JsonAnswer(request, BucketJson(*bucket, request.scheme_and_host));
}

net::Response Layout(Door& door, net::Request& request) {
  const Result<objects::Bucket> bucket = door.deps.objects->GetBucket(request.path_values[0]);
  if (!bucket.ok()) return ErrorAnswer(bucket.status());
  return JsonAnswer(request, {{"kind", "storage#storageLayout"},
                              {"bucket", bucket->name},
                              {"location", bucket->location},
                              {"locationType", "region"},
                              {"hierarchicalNamespace", json::object{{"enabled", false}}}});
}

// There are none; `gcloud storage rm -r gs://BUCKET` asks before it removes the bucket.
net::Response ManagedFolders(Door& door, net::Request& request) {
  const Result<objects::Bucket> bucket = door.deps.objects->GetBucket(request.path_values[0]);
  if (!bucket.ok()) return ErrorAnswer(bucket.status());
  return JsonAnswer(request, {{"kind", "storage#managedFolders"}});
}

net::Response List(Door& door, net::Request& request) {
  const auto buckets =
      door.deps.objects->ListBuckets(std::string(request.Query("project").value_or("")));
  if (!buckets.ok()) return ErrorAnswer(buckets.status());
  const auto most = ParseNumber("maxResults", request.Query("maxResults").value_or("1000"));
  if (!most.ok()) return ErrorAnswer(most.status());
  if (*most < 1) return ErrorAnswer(InvalidArgumentError("maxResults: must be 1 or more"));
  const std::string_view prefix = request.Query("prefix").value_or("");
  const Result<std::string> after =
      Base64Decode(std::string(request.Query("pageToken").value_or("")));
  if (!after.ok()) {
    return ErrorAnswer(InvalidArgumentError("pageToken: not a token that this server gave"));
  }
  json::array items;
  json::object body{{"kind", "storage#buckets"}};
  std::string last;
  for (const objects::Bucket& bucket : *buckets) {
    if (bucket.name <= *after || !bucket.name.starts_with(prefix)) continue;
    if (static_cast<std::int64_t>(items.size()) == std::min(*most, kLargestPage)) {
      body["nextPageToken"] = Base64Encode(last);
      break;
    }
    items.push_back(BucketJson(bucket, request.scheme_and_host));
    last = bucket.name;
  }
  if (!items.empty()) body["items"] = std::move(items);
  return JsonAnswer(request, body);
}

net::Response Delete(Door& door, net::Request& request) {
  const Status status = door.deps.objects->DeleteBucket(request.path_values[0]);
  // A bucket that is not empty is a conflict here, not a bad request.
  if (status.code() == StatusCode::kFailedPrecondition) {
    return ErrorAnswer(409, "conflict", status.message());
  }
  if (!status.ok()) return ErrorAnswer(status);
  net::Response response;
  response.status = 204;
  return response;
}

}  // namespace

void RegisterBuckets(net::Router& router, const std::shared_ptr<Door>& door) {
  const auto add = [&](const char* method, const char* path,
                       net::Response (*handle)(Door&, net::Request&)) {
    router.Handle(method, path,
                  [door, handle](net::Request& request) { return handle(*door, request); });
  };
  add("POST", "/storage/v1/b", Insert);
  add("GET", "/storage/v1/b", List);
  add("GET", "/storage/v1/b/{bucket}", Get);
  add("DELETE", "/storage/v1/b/{bucket}", Delete);
  add("GET", "/storage/v1/b/{bucket}/storageLayout", Layout);
  add("GET", "/storage/v1/b/{bucket}/managedFolders", ManagedFolders);
}

}  // namespace mlengine::storage_api
