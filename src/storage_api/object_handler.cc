#include "storage_api/object_handler.h"

#include <algorithm>
#include <boost/json.hpp>

#include "storage_api/answer.h"
#include "storage_api/media_handler.h"
#include "storage_api/request_json.h"
#include "storage_api/resource_json.h"
#include "wire/codec/field_mask.h"

namespace mlengine::storage_api {
namespace json = boost::json;

namespace {

constexpr std::int64_t kLargestPage = 1000;
constexpr int kPatchAttempts = 20;

net::Response Get(Door& door, net::Request& request) {
  if (request.Query("alt").value_or("") == "media") {
    return MediaAnswer(door, request, request.path_values[0], request.path_values[1]);
  }
  const auto generation = ReadGeneration(request);
  if (!generation.ok()) return ErrorAnswer(generation.status());
  const auto conditions = ReadConditions(request);
  if (!conditions.ok()) return ErrorAnswer(conditions.status());
  const Result<objects::Object> object =
      door.deps.objects->Get(request.path_values[0], request.path_values[1], *generation);
  if (!object.ok()) return ErrorAnswer(object.status());
  if (auto refused = ConditionAnswer(*conditions, *object)) return *std::move(refused);
  net::Response response = JsonAnswer(request, ObjectJson(*object, request.scheme_and_host));
  response.headers.Add("ETag", EtagOf(*object));
  return response;
}

Result<bool> ReadFlag(const net::RequestHead& request, std::string_view name) {
  const std::string_view text = request.Query(name).value_or("");
  if (text == "true" || text == "True" || text == "1") return true;
  if (text.empty() || text == "false" || text == "False" || text == "0") return false;
  return InvalidArgumentError(std::string(name) + ": must be true or false");
}

Result<objects::ListRequest> ReadListRequest(const net::RequestHead& request) {
  const auto text = [&](std::string_view name) {
    return std::string(request.Query(name).value_or(""));
  };
  if (!text("matchGlob").empty()) {
    return UnimplementedError("matchGlob: not supported; list by prefix");
  }
  objects::ListRequest list;
  list.prefix = text("prefix");
  list.delimiter = text("delimiter");
  list.start_offset = text("startOffset");
  list.end_offset = text("endOffset");
  list.page_token = text("pageToken");
  MLENGINE_ASSIGN_OR_RETURN(list.include_trailing_delimiter,
                            ReadFlag(request, "includeTrailingDelimiter"));
  if (const auto most = request.Query("maxResults"); most && !most->empty()) {
    MLENGINE_ASSIGN_OR_RETURN(const std::int64_t number, ParseNumber("maxResults", *most));
    if (number < 1) return InvalidArgumentError("maxResults: must be 1 or more");
    list.max_results = static_cast<int>(std::min(number, kLargestPage));
  }
  if (const auto fields = request.Query("fields"); fields && !fields->empty()) {
    MLENGINE_ASSIGN_OR_RETURN(const wire::FieldMask mask, wire::FieldMask::Parse(*fields));
    list.with_hashes = mask.Has("items/md5Hash") || mask.Has("items/crc32c");
  }
  return list;
}

// gcloud-cpp asks for fields without the token, and still reads on where it finds one.
void KeepPageToken(net::Request& request) {
  for (auto& [name, value] : request.query) {
    if (name == "fields" && !value.empty()) value += ",nextPageToken";
  }
}

net::Response List(Door& door, net::Request& request) {
  const Result<objects::ListRequest> list = ReadListRequest(request);
  if (!list.ok()) return ErrorAnswer(list.status());
  const Result<objects::ListResult> result = door.deps.objects->List(request.path_values[0], *list);
  if (!result.ok()) return ErrorAnswer(result.status());
  if (IsGcloudCpp(request)) KeepPageToken(request);
  json::object body{{"kind", "storage#objects"}};
  if (!result->next_page_token.empty()) body["nextPageToken"] = result->next_page_token;
  if (!result->prefixes.empty()) {
    json::array prefixes;
    for (const std::string& prefix : result->prefixes) prefixes.emplace_back(prefix);
    body["prefixes"] = std::move(prefixes);
  }
  if (!result->objects.empty()) {
    json::array items;
    for (const objects::Object& object : result->objects) {
      items.push_back(ObjectJson(object, request.scheme_and_host));
    }
    body["items"] = std::move(items);
  }
  return JsonAnswer(request, body);
}

// The change as one step: on the state that was read, or again when that has changed.
Result<objects::Object> Change(Door& door, const net::Request& request, bool merge) {
  const std::string& bucket = request.path_values[0];
  const std::string& name = request.path_values[1];
  MLENGINE_ASSIGN_OR_RETURN(const json::object body, ParseJsonBody(request.body));
  MLENGINE_ASSIGN_OR_RETURN(const auto generation, ReadGeneration(request));
  MLENGINE_ASSIGN_OR_RETURN(const objects::Preconditions asked, ReadConditions(request));
  Status status;
  for (int i = 0; i < kPatchAttempts; ++i) {
    MLENGINE_ASSIGN_OR_RETURN(const objects::Object now,
                              door.deps.objects->Get(bucket, name, generation));
    MLENGINE_RETURN_IF_ERROR(ConditionStatus(asked, now));
    MLENGINE_ASSIGN_OR_RETURN(
        const objects::ObjectMetadata metadata,
        PatchMetadata(merge ? now.metadata : objects::ObjectMetadata(), body));
    objects::Preconditions conditions;
    conditions.if_generation_match = now.generation;
    conditions.if_metageneration_match = now.metageneration;
    const Result<objects::Object> changed =
        door.deps.objects->UpdateMetadata(bucket, name, metadata, conditions);
    if (changed.ok() || HttpStatusOf(changed.status()) != 412) return changed;
    status = changed.status();
  }
  return status;
}

net::Response Patch(Door& door, net::Request& request) {
  const Result<objects::Object> object = Change(door, request, true);
  if (!object.ok()) return ErrorAnswer(object.status());
  return JsonAnswer(request, ObjectJson(*object, request.scheme_and_host));
}

net::Response Update(Door& door, net::Request& request) {
  const Result<objects::Object> object = Change(door, request, false);
  if (!object.ok()) return ErrorAnswer(object.status());
  return JsonAnswer(request, ObjectJson(*object, request.scheme_and_host));
}

net::Response Delete(Door& door, net::Request& request) {
  const std::string& bucket = request.path_values[0];
  const std::string& name = request.path_values[1];
  Result<objects::Preconditions> conditions = ReadConditions(request);
  if (!conditions.ok()) return ErrorAnswer(conditions.status());
  const auto generation = ReadGeneration(request);
  if (!generation.ok()) return ErrorAnswer(generation.status());
  if (*generation) {
    const auto found = door.deps.objects->Get(bucket, name, *generation);
    if (!found.ok()) return ErrorAnswer(found.status());
    if (!conditions->if_generation_match) conditions->if_generation_match = **generation;
  }
  const Status status = door.deps.objects->Delete(bucket, name, *conditions);
  if (!status.ok()) return ErrorAnswer(status);
  net::Response response;
  response.status = 204;
  return response;
}

}  // namespace

void RegisterObjects(net::Router& router, const std::shared_ptr<Door>& door) {
  const auto add = [&](const char* method, const char* path,
                       net::Response (*handle)(Door&, net::Request&)) {
    router.Handle(method, path,
                  [door, handle](net::Request& request) { return handle(*door, request); });
  };
  add("GET", "/storage/v1/b/{bucket}/o", List);
  add("GET", "/storage/v1/b/{bucket}/o/{object}", Get);
  add("GET", "/download/storage/v1/b/{bucket}/o/{object}", Get);
  add("PATCH", "/storage/v1/b/{bucket}/o/{object}", Patch);
  add("PUT", "/storage/v1/b/{bucket}/o/{object}", Update);
  add("DELETE", "/storage/v1/b/{bucket}/o/{object}", Delete);
}

}  // namespace mlengine::storage_api
