#include "logging_api/entries_handler.h"

#include <boost/json.hpp>
#include <charconv>
#include <optional>
#include <utility>

#include "base/digest.h"
#include "logging_api/log_filter.h"
#include "logging_api/log_names.h"
#include "wire/codec/error.h"

namespace mlengine::logging_api {
namespace {

constexpr int kLargestPage = 1000;
constexpr std::size_t kAnswerBytes = 8U
                                     << 20;  // an answer that reaches this ends with a page token
constexpr std::string_view kProjects = "projects/";

struct ListRequest {
  std::string project;
  std::string filter;
  bool newest_first = false;
  int page_size = 50;
  std::optional<std::int64_t> after;  // stamp of the last page's last entry
};

net::Response JsonResponse(int status, std::string body) {
  net::Response response;
  response.status = status;
  response.headers.Add("Content-Type", "application/json; charset=UTF-8");
  response.body = std::move(body);
  return response;
}

std::string MakeToken(std::int64_t stamp) {
  return PercentEncode(Base64Encode("v1:" + std::to_string(stamp)));
}

Result<std::int64_t> ParseToken(const std::string& token) {
  const Status wrong = InvalidArgumentError("pageToken: not a token of this service");
  const Result<std::string> base64 = PercentDecode(token);
  if (!base64.ok()) return wrong;
  const Result<std::string> text = Base64Decode(*base64);
  if (!text.ok() || !text->starts_with("v1:")) return wrong;
  std::int64_t stamp = 0;
  const auto [end, error] = std::from_chars(text->data() + 3, text->data() + text->size(), stamp);
  if (error != std::errc() || end != text->data() + text->size() || stamp < 0) return wrong;
  return stamp;
}

Result<std::string> StringField(const boost::json::object& body, std::string_view camel,
                                std::string_view snake) {
  const boost::json::value* value = body.if_contains(camel);
  if (value == nullptr) value = body.if_contains(snake);
  if (value == nullptr || value->is_null()) return std::string();
  if (!value->is_string()) return InvalidArgumentError(std::string(camel) + ": must be a string");
  return std::string(value->get_string());
}

Status ReadProject(const boost::json::object& body, ListRequest& out) {
  for (const char* key : {"resourceNames", "resource_names", "projectIds", "project_ids"}) {
    const boost::json::value* names = body.if_contains(key);
    if (names == nullptr) continue;
    if (!names->is_array()) return InvalidArgumentError(std::string(key) + ": must be a list");
    for (const boost::json::value& name : names->get_array()) {
      if (!name.is_string()) return InvalidArgumentError(std::string(key) + ": must hold strings");
      std::string project(name.get_string());
      if (project.starts_with(kProjects)) project.erase(0, kProjects.size());
      if (!out.project.empty() && out.project != project) {
        return InvalidArgumentError(std::string(key) + ": more than one project");
      }
      out.project = project;
    }
  }
  if (out.project.empty() || out.project.find('/') != std::string::npos) {
    return InvalidArgumentError("resourceNames: must hold one \"projects/PROJECT\"");
  }
  return OkStatus();
}

Status ReadPaging(const boost::json::object& body, ListRequest& out) {
  MLENGINE_ASSIGN_OR_RETURN(const std::string order, StringField(body, "orderBy", "order_by"));
  if (!order.empty() && order != "timestamp" && order != "timestamp asc" &&
      order != "timestamp desc") {
    return InvalidArgumentError("orderBy: must be \"timestamp asc\" or \"timestamp desc\"");
  }
  out.newest_first = order == "timestamp desc";
  const boost::json::value* size = body.if_contains("pageSize");
  if (size == nullptr) size = body.if_contains("page_size");
  if (size != nullptr) {
    boost::json::error_code error;
    const auto number = size->to_number<std::int64_t>(error);
    if (error || number < 0) return InvalidArgumentError("pageSize: must be 1 to 1000");
    if (number > 0) out.page_size = static_cast<int>(std::min<std::int64_t>(number, kLargestPage));
  }
  MLENGINE_ASSIGN_OR_RETURN(const std::string token, StringField(body, "pageToken", "page_token"));
  if (!token.empty()) {
    MLENGINE_ASSIGN_OR_RETURN(out.after, ParseToken(token));
  }
  return OkStatus();
}

Result<ListRequest> ParseRequest(const std::string& text) {
  boost::json::error_code error;
  const boost::json::value value = boost::json::parse(text, error);
  if (error) return InvalidArgumentError("the body is not JSON: " + error.message());
  if (!value.is_object()) return InvalidArgumentError("the body is not a JSON object");
  const boost::json::object& body = value.get_object();
  ListRequest request;
  MLENGINE_RETURN_IF_ERROR(ReadProject(body, request));
  MLENGINE_RETURN_IF_ERROR(ReadPaging(body, request));
  MLENGINE_ASSIGN_OR_RETURN(request.filter, StringField(body, "filter", "filter"));
  return request;
}

// Entries that pass, one more than a page when there are so many.
Result<std::string> List(logs::LogStore& store, const ListRequest& request) {
  MLENGINE_ASSIGN_OR_RETURN(const LogFilter filter, LogFilter::Parse(request.filter));
  const logs::JobRef job{request.project, filter.job_id()};
  logs::LogQuery query;
  query.newest_first = request.newest_first;
  query.after_stamp_ns = std::max<std::int64_t>(filter.least_stamp_ns(), 0) - 1;
  if (request.after && request.newest_first) query.before_stamp_ns = *request.after;
  if (request.after && !request.newest_first) {
    query.after_stamp_ns = std::max(query.after_stamp_ns, *request.after);
  }
  query.limit = request.page_size + 1;
  query.byte_limit = kAnswerBytes;
  std::string entries;
  std::string token;
  std::int64_t last = 0;
  int count = 0;
  while (token.empty()) {
    MLENGINE_ASSIGN_OR_RETURN(const auto found, store.Query(job, query));
    if (found.empty()) break;
    for (const logs::LogEntry& entry : found) {
      if (!filter.Matches(job.project, job.job_id, entry)) continue;
      if (count == request.page_size || entries.size() >= kAnswerBytes) {
        token = MakeToken(last);
        break;
      }
      if (count++ > 0) entries += ',';
      entries += boost::json::serialize(EntryJson(job.project, job.job_id, entry));
      last = entry.stamp_ns;
    }
    (query.newest_first ? query.before_stamp_ns : query.after_stamp_ns) = found.back().stamp_ns;
  }
  if (count == 0) return std::string("{}");
  std::string answer = "{\"entries\":[" + entries + "]";
  if (!token.empty()) answer += ",\"nextPageToken\":\"" + token + "\"";
  return answer + "}";
}

}  // namespace

net::Handler EntriesListHandler(logs::LogStore& store) {
  return [&store](net::Request& http) {
    const Result<ListRequest> request = ParseRequest(http.body);
    const Result<std::string> answer =
        request.ok() ? List(store, *request) : Result<std::string>(request.status());
    if (answer.ok()) return JsonResponse(200, *answer);
    return JsonResponse(wire::HttpStatus(answer.status().code()), wire::ErrorBody(answer.status()));
  };
}

}  // namespace mlengine::logging_api
