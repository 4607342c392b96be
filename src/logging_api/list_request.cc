#include "logging_api/list_request.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdint>
#include <utility>

#include "base/digest.h"

namespace mlengine::logging_api {
namespace {

constexpr std::int64_t kLargestPage = 1000;
constexpr std::size_t kMostResources = 100;
constexpr std::string_view kProjects = "projects/";

const boost::json::value* Find(const boost::json::object& body, std::string_view camel,
                               std::string_view snake) {
  const boost::json::value* value = body.if_contains(camel);
  if (value == nullptr) value = body.if_contains(snake);
  return value != nullptr && value->is_null() ? nullptr : value;
}

Result<std::string> StringField(const boost::json::object& body, std::string_view camel,
                                std::string_view snake) {
  const boost::json::value* value = Find(body, camel, snake);
  if (value == nullptr) return std::string();
  if (!value->is_string()) return InvalidArgumentError(std::string(camel) + ": must be a string");
  return std::string(value->get_string());
}

Result<std::string> ProjectOf(std::string name, std::string_view key) {
  if (name.starts_with(kProjects)) name.erase(0, kProjects.size());
  if (name.find("/logs/") != std::string::npos) {
    return InvalidArgumentError(std::string(key) + ": \"" + name.substr(0, 100) +
                                "\" names a log; name the project, and the log in the filter: "
                                "logName=\"projects/PROJECT/logs/LOG\"");
  }
  if (name.empty() || name.find('/') != std::string::npos) {
    return InvalidArgumentError(std::string(key) + ": \"" + name.substr(0, 100) +
                                "\" is not of the form \"projects/PROJECT\"; this engine has no "
                                "log buckets, views, folders or organizations");
  }
  return name;
}

Result<EntryPosition> ParsePageToken(const std::string& token, bool newest_first) {
  const Status wrong = InvalidArgumentError("pageToken: not a token of this service");
  const Result<std::string> base64 = PercentDecode(token);
  const Result<std::string> text = base64.ok() ? Base64Decode(*base64) : base64;
  if (!text.ok()) return wrong;
  boost::json::error_code error;
  const boost::json::value value = boost::json::parse(*text, error);
  if (error || !value.is_array() || value.get_array().size() != 6) return wrong;
  const boost::json::array& parts = value.get_array();
  for (const std::size_t i : {0U, 1U, 3U, 4U, 5U}) {
    if (!parts[i].is_string()) return wrong;
  }
  if (parts[0] != "v2" || !parts[2].is_int64()) return wrong;
  if (parts[1] != (newest_first ? "desc" : "asc")) {
    return InvalidArgumentError("pageToken: orderBy must stay as it was for the first page");
  }
  return EntryPosition{parts[2].get_int64(), std::string(parts[3].get_string()),
                       std::string(parts[4].get_string()), std::string(parts[5].get_string())};
}

Status ReadPaging(const boost::json::object& body, ListRequest& out) {
  MLENGINE_ASSIGN_OR_RETURN(const std::string order, StringField(body, "orderBy", "order_by"));
  if (!order.empty() && order != "timestamp" && order != "timestamp asc" &&
      order != "timestamp desc") {
    return InvalidArgumentError("orderBy: must be \"timestamp asc\" or \"timestamp desc\"");
  }
  out.newest_first = order == "timestamp desc";
  if (const boost::json::value* size = Find(body, "pageSize", "page_size")) {
    boost::json::error_code error;
    const auto number = size->to_number<std::int64_t>(error);
    if (error || number < 0) return InvalidArgumentError("pageSize: must be 1 to 1000");
    if (number > 0) out.page_size = static_cast<int>(std::min(number, kLargestPage));
  }
  MLENGINE_ASSIGN_OR_RETURN(const std::string token, StringField(body, "pageToken", "page_token"));
  if (!token.empty()) {
    MLENGINE_ASSIGN_OR_RETURN(out.after, ParsePageToken(token, out.newest_first));
  }
  return OkStatus();
}

}  // namespace

Result<boost::json::object> ParseBody(std::string_view text) {
  boost::json::error_code error;
  boost::json::value value = boost::json::parse({text.data(), text.size()}, error);
  if (error) return InvalidArgumentError("the body is not JSON: " + error.message());
  if (!value.is_object()) return InvalidArgumentError("the body is not a JSON object");
  return std::move(value.get_object());
}

Result<std::vector<std::string>> ReadProjects(const boost::json::object& body) {
  std::vector<std::string> projects;
  for (const char* key : {"resourceNames", "resource_names", "projectIds", "project_ids"}) {
    const boost::json::value* names = body.if_contains(key);
    if (names == nullptr || names->is_null()) continue;
    if (!names->is_array()) return InvalidArgumentError(std::string(key) + ": must be a list");
    if (names->get_array().size() > kMostResources) {
      return InvalidArgumentError(std::string(key) + ": at most " + std::to_string(kMostResources) +
                                  " are possible");
    }
    for (const boost::json::value& name : names->get_array()) {
      if (!name.is_string()) return InvalidArgumentError(std::string(key) + ": must hold strings");
      MLENGINE_ASSIGN_OR_RETURN(std::string project,
                                ProjectOf(std::string(name.get_string()), key));
      projects.push_back(std::move(project));
    }
  }
  std::sort(projects.begin(), projects.end());
  projects.erase(std::unique(projects.begin(), projects.end()), projects.end());
  if (projects.empty()) {
    return InvalidArgumentError("resourceNames: must name a project: \"projects/PROJECT\"");
  }
  return projects;
}

Result<std::string> ReadFilter(const boost::json::object& body) {
  return StringField(body, "filter", "filter");
}

Result<ListRequest> ReadListRequest(const boost::json::object& body) {
  ListRequest request;
  MLENGINE_ASSIGN_OR_RETURN(request.projects, ReadProjects(body));
  MLENGINE_RETURN_IF_ERROR(ReadPaging(body, request));
  MLENGINE_ASSIGN_OR_RETURN(request.filter, ReadFilter(body));
  return request;
}

std::string MakePageToken(const EntryPosition& position, bool newest_first) {
  const boost::json::array parts{"v2",
                                 newest_first ? "desc" : "asc",
                                 position.stamp_ns,
                                 position.insert_id,
                                 position.project,
                                 position.job_id};
  return PercentEncode(Base64Encode(boost::json::serialize(parts)));
}

}  // namespace mlengine::logging_api
