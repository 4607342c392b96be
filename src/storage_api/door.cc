#include "storage_api/door.h"

#include "storage_api/request_json.h"

namespace mlengine::storage_api {

Status AcceptBytes(const Door& door, std::uint64_t coming) {
  return door.deps.accept_work ? door.deps.accept_work(coming) : OkStatus();
}

bool IsGcloudCpp(const net::RequestHead& request) {
  return request.headers.Get("User-Agent").value_or("").find("gcloud-cpp/") !=
         std::string_view::npos;
}

Result<std::optional<std::int64_t>> ReadGeneration(const net::RequestHead& request,
                                                   std::string_view name) {
  const auto text = request.Query(name);
  if (!text || text->empty()) return std::optional<std::int64_t>();
  MLENGINE_ASSIGN_OR_RETURN(const std::int64_t number, ParseNumber(name, *text));
  return std::optional<std::int64_t>(number);
}

Result<objects::Preconditions> ReadConditions(const net::RequestHead& request,
                                              const std::string& prefix) {
  objects::Preconditions conditions;
  MLENGINE_ASSIGN_OR_RETURN(conditions.if_generation_match,
                            ReadGeneration(request, prefix + "GenerationMatch"));
  MLENGINE_ASSIGN_OR_RETURN(conditions.if_generation_not_match,
                            ReadGeneration(request, prefix + "GenerationNotMatch"));
  MLENGINE_ASSIGN_OR_RETURN(conditions.if_metageneration_match,
                            ReadGeneration(request, prefix + "MetagenerationMatch"));
  MLENGINE_ASSIGN_OR_RETURN(conditions.if_metageneration_not_match,
                            ReadGeneration(request, prefix + "MetagenerationNotMatch"));
  if (prefix != "if") return conditions;
  if (const auto header = request.headers.Get("x-goog-if-generation-match")) {
    MLENGINE_ASSIGN_OR_RETURN(conditions.if_generation_match,
                              ParseNumber("x-goog-if-generation-match", *header));
  }
  if (const auto header = request.headers.Get("x-goog-if-metageneration-match")) {
    MLENGINE_ASSIGN_OR_RETURN(conditions.if_metageneration_match,
                              ParseNumber("x-goog-if-metageneration-match", *header));
  }
  return conditions;
}

}  // namespace mlengine::storage_api
