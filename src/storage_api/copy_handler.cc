#include "storage_api/copy_handler.h"

#include <boost/json.hpp>

#include "storage_api/answer.h"
#include "storage_api/media_handler.h"
#include "storage_api/request_json.h"
#include "storage_api/resource_json.h"

namespace mlengine::storage_api {
namespace json = boost::json;

namespace {

constexpr std::size_t kMostSources = 32;

Result<objects::Object> CopyObject(Door& door, const net::Request& request) {
  const std::vector<std::string>& path = request.path_values;
  MLENGINE_ASSIGN_OR_RETURN(const json::object body, ParseJsonBody(request.body));
  MLENGINE_ASSIGN_OR_RETURN(const auto generation, ReadGeneration(request, "sourceGeneration"));
  MLENGINE_ASSIGN_OR_RETURN(const auto source_conditions, ReadConditions(request, "ifSource"));
  MLENGINE_ASSIGN_OR_RETURN(const auto conditions, ReadConditions(request));
  MLENGINE_ASSIGN_OR_RETURN(const objects::Object source,
                            door.deps.objects->Get(path[0], path[1], generation));
  MLENGINE_RETURN_IF_ERROR(ConditionStatus(source_conditions, source));
  MLENGINE_RETURN_IF_ERROR(AcceptBytes(door, source.size));
  std::optional<objects::ObjectMetadata> metadata;
  if (!body.empty()) {
    // A body replaces the metadata; without a type the source's stays.
    MLENGINE_ASSIGN_OR_RETURN(metadata, PatchMetadata({}, body));
    if (metadata->content_type.empty()) metadata->content_type = source.metadata.content_type;
  }
  return door.deps.objects->Copy(path[0], path[1], path[2], path[3], metadata, conditions);
}

net::Response Rewrite(Door& door, net::Request& request) {
  const Result<objects::Object> object = CopyObject(door, request);
  if (!object.ok()) return ErrorAnswer(object.status());
  const std::string size = std::to_string(object->size);
  return JsonAnswer(request, {{"kind", "storage#rewriteResponse"},
                              {"totalBytesRewritten", size},
                              {"objectSize", size},
                              {"done", true},
                              {"resource", ObjectJson(*object, request.scheme_and_host)}});
}

net::Response Copy(Door& door, net::Request& request) {
  const Result<objects::Object> object = CopyObject(door, request);
  if (!object.ok()) return ErrorAnswer(object.status());
  return JsonAnswer(request, ObjectJson(*object, request.scheme_and_host));
}

// One of sourceObjects, once its generation and condition are found to hold.
Result<objects::Object> CheckSource(Door& door, const std::string& bucket, const json::value& value,
                                    const std::string& where) {
  if (!value.is_object()) return InvalidArgumentError(where + ": must be an object");
  const json::object& source = value.get_object();
  MLENGINE_ASSIGN_OR_RETURN(const auto name, StringMember(source, "name"));
  if (!name || name->empty()) return InvalidArgumentError(where + ".name: is missing");
  MLENGINE_ASSIGN_OR_RETURN(const auto generation, NumberMember(source, "generation"));
  objects::Preconditions conditions;
  // TensorFlow writes the second spelling.
  for (const char* key : {"objectPreconditions", "objectPrecondition"}) {
    MLENGINE_ASSIGN_OR_RETURN(const json::object* condition, ObjectMember(source, key));
    if (condition == nullptr) continue;
    MLENGINE_ASSIGN_OR_RETURN(conditions.if_generation_match,
                              NumberMember(*condition, "ifGenerationMatch"));
  }
  MLENGINE_ASSIGN_OR_RETURN(const objects::Object object,
                            door.deps.objects->Get(bucket, *name, generation));
  MLENGINE_RETURN_IF_ERROR(ConditionStatus(conditions, object));
  return object;
}

Result<objects::Object> ComposeObject(Door& door, const net::Request& request) {
  const std::string& bucket = request.path_values[0];
  MLENGINE_ASSIGN_OR_RETURN(const json::object body, ParseJsonBody(request.body));
  MLENGINE_ASSIGN_OR_RETURN(const auto conditions, ReadConditions(request));
  MLENGINE_ASSIGN_OR_RETURN(const json::object* destination, ObjectMember(body, "destination"));
  objects::ObjectMetadata metadata;
  if (destination != nullptr) {
    MLENGINE_ASSIGN_OR_RETURN(metadata, PatchMetadata({}, *destination));
  }
  const json::value* list = body.if_contains("sourceObjects");
  if (list == nullptr || !list->is_array() || list->get_array().empty()) {
    return InvalidArgumentError("sourceObjects: must be a list of 1 to 32 objects");
  }
  const json::array& given = list->get_array();
  if (given.size() > kMostSources) {
    return InvalidArgumentError("sourceObjects: " + std::to_string(given.size()) +
                                " objects; at most 32 are possible in one call");
  }
  std::vector<std::string> sources;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < given.size(); ++i) {
    MLENGINE_ASSIGN_OR_RETURN(
        objects::Object source,
        CheckSource(door, bucket, given[i], "sourceObjects[" + std::to_string(i) + "]"));
    bytes += source.size;
    sources.push_back(std::move(source.name));
  }
  MLENGINE_RETURN_IF_ERROR(AcceptBytes(door, bytes));
  return door.deps.objects->Compose(bucket, sources, request.path_values[1], metadata, conditions);
}

net::Response Compose(Door& door, net::Request& request) {
  const Result<objects::Object> object = ComposeObject(door, request);
  if (!object.ok()) return ErrorAnswer(object.status());
  return JsonAnswer(request, ObjectJson(*object, request.scheme_and_host));
}

}  // namespace

void RegisterCopies(net::Router& router, const std::shared_ptr<Door>& door) {
  const auto add = [&](const char* path, net::Response (*handle)(Door&, net::Request&)) {
    router.Handle("POST", path,
                  [door, handle](net::Request& request) { return handle(*door, request); });
  };
  add("/storage/v1/b/{bucket}/o/{object}/rewriteTo/b/{to_bucket}/o/{to_object}", Rewrite);
  add("/storage/v1/b/{bucket}/o/{object}/copyTo/b/{to_bucket}/o/{to_object}", Copy);
  add("/storage/v1/b/{bucket}/o/{object}/compose", Compose);
}

}  // namespace mlengine::storage_api
