#include "batch/gs_client.h"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <thread>
#include <utility>

#include "base/digest.h"

namespace mlengine::batch {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Told of each object, so that a call whose answer was lost knows its own work again.
constexpr const char* kWriter = "mlengine-writer";
// For how long a server that answers with an error of its own is asked again.
constexpr std::chrono::minutes kPatience{10};
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{5000};

std::string ObjectTarget(const std::string& bucket, const std::string& name) {
  return "/storage/v1/b/" + PercentEncode(bucket) + "/o/" + PercentEncode(name);
}

std::string TextAt(const json::object& object, const char* key) {
  const json::value* const value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return "";
  return {value->get_string().data(), value->get_string().size()};
}

Result<json::object> ParseAnswer(const net::ClientResponse& answer) {
  boost::system::error_code failed;
  json::value value = json::parse(answer.body, failed);
  if (failed || !value.is_object())
    return InternalError("the engine's answer about an object is not JSON");
  return std::move(value.get_object());
}

ObjectInfo InfoOf(const json::object& object) {
  ObjectInfo info;
  info.bucket = TextAt(object, "bucket");
  info.name = TextAt(object, "name");
  info.size = std::strtoull(TextAt(object, "size").c_str(), nullptr, 10);
  info.generation = std::strtoll(TextAt(object, "generation").c_str(), nullptr, 10);
  const json::value* const metadata = object.if_contains("metadata");
  if (metadata != nullptr && metadata->is_object()) {
    for (const auto& member : metadata->get_object()) {
      if (const json::string* const text = member.value().if_string())
        info.metadata[member.key()] = std::string(text->data(), text->size());
    }
  }
  return info;
}

Status ErrorOf(const net::ClientResponse& answer, const std::string& what) {
  std::string text = "HTTP " + std::to_string(answer.status);
  if (const Result<json::object> body = ParseAnswer(answer); body.ok()) {
    const json::value* const error = body->if_contains("error");
    if (error != nullptr && error->is_object()) text = TextAt(error->get_object(), "message");
  }
  text = what + ": " + text;
  switch (answer.status) {
    case 404:
      return NotFoundError(std::move(text));
    case 412:
      return AlreadyExistsError(std::move(text));
    case 429:
    case 507:
      return ResourceExhaustedError(std::move(text));
    default:
      return answer.status >= 500 ? InternalError(std::move(text))
                                  : FailedPreconditionError(std::move(text));
  }
}

Status CheckAnswer(const net::ClientResponse& answer, const std::string& what) {
  return answer.status / 100 == 2 ? OkStatus() : ErrorOf(answer, what);
}

json::object MetadataJson(const std::map<std::string, std::string>& metadata) {
  json::object out;
  for (const auto& [key, value] : metadata) out[key] = value;
  return out;
}

bool IsWorthAnother(int status) {
  return status == 408 || status == 429 || status >= 500;
}

}  // namespace

Result<net::ClientResponse> GsClient::CallOnce(const net::ClientRequest& request) {
  if (client_ == nullptr) {
    MLENGINE_ASSIGN_OR_RETURN(client_, net::Client::Create(endpoint_));
  }
  Result<net::ClientResponse> answer = client_->Call(request, std::chrono::seconds(120));
  if (!answer.ok()) client_.reset();
  return answer;
}

Result<net::ClientResponse> GsClient::Call(const net::ClientRequest& request) {
  milliseconds pause = kFirstPause;
  std::optional<steady_clock::time_point> refused_since;
  bool told = false;
  while (true) {
    Result<net::ClientResponse> answer = CallOnce(request);
    if (answer.ok() && !IsWorthAnother(answer->status)) return answer;
    if (!answer.ok() && answer.status().code() == StatusCode::kInvalidArgument) return answer;
    if (!answer.ok()) {
      refused_since.reset();  // nobody is there: that may take as long as it takes
    } else if (!refused_since) {
      refused_since = steady_clock::now();
    } else if (steady_clock::now() - *refused_since > kPatience) {
      return answer;
    }
    if (pause == kLongestPause && !std::exchange(told, true)) {
      std::printf("Waiting for the engine at %s: %s\n", endpoint_.c_str(),
                  answer.ok() ? ErrorOf(*answer, request.target).message().c_str()
                              : answer.status().message().c_str());
      std::fflush(stdout);
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, kLongestPause);
  }
}

Result<std::vector<ObjectInfo>> GsClient::List(const std::string& bucket,
                                               const std::string& prefix) {
  std::vector<ObjectInfo> out;
  std::string page;
  do {
    net::ClientRequest request;
    request.target = "/storage/v1/b/" + PercentEncode(bucket) +
                     "/o?maxResults=1000&prefix=" + PercentEncode(prefix);
    if (!page.empty()) request.target += "&pageToken=" + PercentEncode(page);
    MLENGINE_ASSIGN_OR_RETURN(const net::ClientResponse answer, Call(request));
    MLENGINE_RETURN_IF_ERROR(CheckAnswer(answer, "list gs://" + bucket + "/" + prefix));
    MLENGINE_ASSIGN_OR_RETURN(const json::object body, ParseAnswer(answer));
    page = TextAt(body, "nextPageToken");
    const json::value* const items = body.if_contains("items");
    if (items == nullptr || !items->is_array()) continue;
    for (const json::value& item : items->get_array()) {
      if (item.is_object()) out.push_back(InfoOf(item.get_object()));
    }
  } while (!page.empty());
  return out;
}

Result<ObjectInfo> GsClient::Get(const std::string& bucket, const std::string& name) {
  net::ClientRequest request;
  request.target = ObjectTarget(bucket, name);
  MLENGINE_ASSIGN_OR_RETURN(const net::ClientResponse answer, Call(request));
  MLENGINE_RETURN_IF_ERROR(CheckAnswer(answer, "gs://" + bucket + "/" + name));
  MLENGINE_ASSIGN_OR_RETURN(const json::object body, ParseAnswer(answer));
  return InfoOf(body);
}

Result<std::string> GsClient::Read(const ObjectInfo& object, std::uint64_t offset,
                                   std::uint64_t count) {
  if (offset >= object.size || count == 0) return std::string();
  net::ClientRequest request;
  request.target = "/download" + ObjectTarget(object.bucket, object.name) +
                   "?alt=media&generation=" + std::to_string(object.generation);
  const std::uint64_t last = std::min(offset + count, object.size) - 1;
  request.headers.Set("Range", "bytes=" + std::to_string(offset) + "-" + std::to_string(last));
  MLENGINE_ASSIGN_OR_RETURN(net::ClientResponse answer, Call(request));
  if (answer.status == 404) {
    return NotFoundError(object.Url() +
                         " was changed or removed since the job began; its input must stay as it "
                         "is until the job has ended");
  }
  MLENGINE_RETURN_IF_ERROR(CheckAnswer(answer, object.Url()));
  if (answer.body.size() != last + 1 - offset)
    return DataLossError(object.Url() + " was not answered whole");
  return std::move(answer.body);
}

Status GsClient::Create(const std::string& bucket, const std::string& name, const std::string& body,
                        const std::map<std::string, std::string>& metadata) {
  const std::string writer = RandomHex(8);
  std::map<std::string, std::string> all = metadata;
  all[kWriter] = writer;
  const std::string boundary = "mlengine-" + RandomHex(16);
  const json::object resource{{"name", name}, {"metadata", MetadataJson(all)}};
  net::ClientRequest request;
  request.method = "POST";
  request.target = "/upload/storage/v1/b/" + PercentEncode(bucket) +
                   "/o?uploadType=multipart&ifGenerationMatch=0";
  request.headers.Set("Content-Type", "multipart/related; boundary=" + boundary);
  request.body = "--" + boundary + "\r\nContent-Type: application/json\r\n\r\n" +
                 json::serialize(resource) + "\r\n--" + boundary +
                 "\r\nContent-Type: text/plain\r\n\r\n" + body + "\r\n--" + boundary + "--\r\n";
  MLENGINE_ASSIGN_OR_RETURN(const net::ClientResponse answer, Call(request));
  const Status status = CheckAnswer(answer, "gs://" + bucket + "/" + name);
  if (status.code() != StatusCode::kAlreadyExists) return status;
  // Perhaps by this very call, made once more because its answer was lost.
  const Result<ObjectInfo> there = Get(bucket, name);
  if (!there.ok()) return there.status();
  const auto found = there->metadata.find(kWriter);
  return found != there->metadata.end() && found->second == writer ? OkStatus() : status;
}

Status GsClient::Compose(const std::string& bucket, const std::vector<std::string>& sources,
                         const std::string& name,
                         const std::map<std::string, std::string>& metadata) {
  json::array list;
  for (const std::string& source : sources) list.push_back(json::object{{"name", source}});
  const json::object body{{"sourceObjects", std::move(list)},
                          {"destination", json::object{{"contentType", "text/plain"},
                                                       {"metadata", MetadataJson(metadata)}}}};
  net::ClientRequest request;
  request.method = "POST";
  request.target = ObjectTarget(bucket, name) + "/compose";
  request.headers.Set("Content-Type", "application/json");
  request.body = json::serialize(body);
  MLENGINE_ASSIGN_OR_RETURN(const net::ClientResponse answer, Call(request));
  return CheckAnswer(answer, "compose gs://" + bucket + "/" + name);
}

Status GsClient::Delete(const std::string& bucket, const std::string& name) {
  net::ClientRequest request;
  request.method = "DELETE";
  request.target = ObjectTarget(bucket, name);
  MLENGINE_ASSIGN_OR_RETURN(const net::ClientResponse answer, Call(request));
  return answer.status == 404 ? OkStatus() : CheckAnswer(answer, "delete " + name);
}

}  // namespace mlengine::batch
