#include "cli/object_client.h"

#include <boost/json.hpp>
#include <cstdlib>

#include "base/digest.h"
#include "base/file_system.h"
#include "cli/api.h"

namespace mlengine::cli {
namespace {

constexpr std::uint64_t kPart = 8U << 20;

std::string ObjectTarget(const GsPath& path) {
  return "/storage/v1/b/" + PercentEncode(path.bucket) + "/o/" + PercentEncode(path.object);
}

// The path and query of an absolute URL: the server is reached by the endpoint that was configured.
std::string TargetOf(const std::string& url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return url;
  const std::size_t slash = url.find('/', scheme + 3);
  return slash == std::string::npos ? "/" : url.substr(slash);
}

Result<boost::json::value> ParseObject(const std::string& body) {
  boost::system::error_code failed;
  boost::json::value value = boost::json::parse(body, failed);
  if (failed || !value.is_object())
    return InternalError("the server's answer to an upload is not JSON");
  return value;
}

Status CheckStored(const boost::json::value& stored, std::uint64_t size, std::uint32_t crc,
                   const GsPath& to) {
  const std::string stored_crc = TextAt(stored, "crc32c");
  const bool same_crc = stored_crc.empty() || stored_crc == EncodeCrc32c(crc);
  if (same_crc && TextAt(stored, "size") == std::to_string(size)) return OkStatus();
  return DataLossError(to.Url() +
                       " was not stored as it was sent (size or CRC-32C differ); copy it again");
}

}  // namespace

bool IsGs(std::string_view text) {
  return text.substr(0, 5) == "gs://";
}

Result<GsPath> ParseGs(const std::string& text) {
  if (!IsGs(text)) {
    const bool is_name = !text.empty() && text[0] != '/' && text[0] != '.';
    return InvalidArgumentError(
        "[" + text + "] is not a gs:// address. " +
        (is_name ? "Did you mean gs://" + text + "?" : "Write gs://BUCKET/OBJECT."));
  }
  const std::size_t slash = std::min(text.find('/', 5), text.size());
  GsPath path{text.substr(5, slash - 5), slash < text.size() ? text.substr(slash + 1) : ""};
  if (path.bucket.empty())
    return InvalidArgumentError("[" + text + "] names no bucket. Write gs://BUCKET/OBJECT.");
  return path;
}

Result<boost::json::value> ObjectClient::Metadata(const GsPath& path) {
  return api_.Json("GET", ObjectTarget(path));
}

Result<Listing> ObjectClient::List(const std::string& bucket, const std::string& prefix,
                                   const std::string& delimiter) {
  Listing out;
  std::string page;
  do {
    std::string target = "/storage/v1/b/" + PercentEncode(bucket) +
                         "/o?maxResults=1000&prefix=" + PercentEncode(prefix);
    if (!delimiter.empty()) target += "&delimiter=" + PercentEncode(delimiter);
    if (!page.empty()) target += "&pageToken=" + PercentEncode(page);
    MLENGINE_ASSIGN_OR_RETURN(const boost::json::value answer, api_.Json("GET", target));
    page = TextAt(answer, "nextPageToken");
    if (!answer.is_object()) break;
    if (const auto* items = answer.get_object().if_contains("items");
        items != nullptr && items->is_array()) {
      out.objects.insert(out.objects.end(), items->get_array().begin(), items->get_array().end());
    }
    if (const auto* prefixes = answer.get_object().if_contains("prefixes");
        prefixes != nullptr && prefixes->is_array()) {
      for (const boost::json::value& one : prefixes->get_array())
        out.prefixes.emplace_back(one.as_string());
    }
  } while (!page.empty());
  return out;
}

Result<std::vector<boost::json::value>> ObjectClient::Buckets() {
  MLENGINE_ASSIGN_OR_RETURN(
      const boost::json::value answer,
      api_.Json("GET", "/storage/v1/b?project=" + PercentEncode(api_.project())));
  std::vector<boost::json::value> out;
  if (const auto* items = answer.is_object() ? answer.get_object().if_contains("items") : nullptr;
      items != nullptr && items->is_array()) {
    out.assign(items->get_array().begin(), items->get_array().end());
  }
  return out;
}

Status ObjectClient::MakeBucket(const std::string& bucket, const std::string& location) {
  const boost::json::value body = {{"location", location}, {"name", bucket}};
  return api_.Json("POST", "/storage/v1/b?project=" + PercentEncode(api_.project()), &body)
      .status();
}

Result<std::string> ObjectClient::UploadParts(const std::string& file, std::uint64_t size,
                                              const GsPath& to, std::uint32_t& crc,
                                              const Progress& progress) {
  net::ClientRequest start;
  start.method = "POST";
  start.target = "/resumable/upload/storage/v1/b/" + PercentEncode(to.bucket) +
                 "/o?uploadType=resumable&name=" + PercentEncode(to.object);
  start.headers.Set("X-Upload-Content-Type", "application/octet-stream");
  start.headers.Set("X-Upload-Content-Length", std::to_string(size));
  start.headers.Set("Content-Type", "application/json");
  start.body = "{}";
  MLENGINE_ASSIGN_OR_RETURN(const net::ClientResponse session, api_.CallAgain(start));
  if (session.status / 100 != 2) return ErrorFromResponse(session);
  const auto location = session.headers.Get("Location");
  if (!location)
    return InternalError("the server began no resumable upload: its answer has no Location");
  for (std::uint64_t at = 0; at < size; at += kPart) {
    MLENGINE_ASSIGN_OR_RETURN(std::string part,
                              RealFileSystem().ReadAt(file, at, std::min(kPart, size - at)));
    if (part.size() != std::min(kPart, size - at))
      return AbortedError(file + " changed while it was sent");
    crc = ExtendCrc32c(crc, part);
    net::ClientRequest put;
    put.method = "PUT";
    put.target = TargetOf(std::string(*location));
    put.headers.Set("Content-Range", "bytes " + std::to_string(at) + "-" +
                                         std::to_string(at + part.size() - 1) + "/" +
                                         std::to_string(size));
    const bool last = at + part.size() == size;
    put.body = std::move(part);
    MLENGINE_ASSIGN_OR_RETURN(const net::ClientResponse answer, api_.Call(put));
    if (last && answer.status / 100 == 2) return answer.body;
    if (answer.status != 308) return ErrorFromResponse(answer);
    progress(at + kPart, size);
  }
  return InternalError("the server did not finish the upload of " + to.Url());
}

Result<boost::json::value> ObjectClient::Upload(const std::string& file, const GsPath& to,
                                                const Progress& progress) {
  MLENGINE_ASSIGN_OR_RETURN(const FileStat stat, RealFileSystem().Stat(file));
  std::uint32_t crc = 0;
  std::string body;
  if (stat.size > kPart) {
    MLENGINE_ASSIGN_OR_RETURN(body, UploadParts(file, stat.size, to, crc, progress));
  } else {
    net::ClientRequest put;
    MLENGINE_ASSIGN_OR_RETURN(put.body, RealFileSystem().Read(file, kPart));
    crc = ExtendCrc32c(0, put.body);
    put.method = "POST";
    put.target = "/upload/storage/v1/b/" + PercentEncode(to.bucket) +
                 "/o?uploadType=media&name=" + PercentEncode(to.object);
    put.headers.Set("Content-Type", "application/octet-stream");
    MLENGINE_ASSIGN_OR_RETURN(const net::ClientResponse answer, api_.CallAgain(put));
    if (answer.status / 100 != 2) return ErrorFromResponse(answer);
    body = answer.body;
  }
  MLENGINE_ASSIGN_OR_RETURN(boost::json::value stored, ParseObject(body));
  MLENGINE_RETURN_IF_ERROR(CheckStored(stored, stat.size, crc, to));
  progress(stat.size, stat.size);
  return stored;
}

Status ObjectClient::Download(const GsPath& from,
                              const std::function<Status(std::string_view)>& sink,
                              const Progress& progress) {
  MLENGINE_ASSIGN_OR_RETURN(const boost::json::value object, Metadata(from));
  const std::uint64_t size = std::strtoull(TextAt(object, "size").c_str(), nullptr, 10);
  net::ClientRequest get;
  get.target = "/download" + ObjectTarget(from) + "?alt=media";
  if (const std::string generation = TextAt(object, "generation"); !generation.empty()) {
    get.target += "&generation=" + generation;
  }
  std::uint64_t done = 0;
  std::uint32_t crc = 0;
  Status failed;
  const auto on_data = [&](std::string_view bytes) {
    crc = ExtendCrc32c(crc, bytes);
    done += bytes.size();
    failed = sink(bytes);
    progress(done, size);
    return failed.ok();
  };
  const Result<net::ClientResponse> answer = api_.Stream(get, on_data, std::chrono::seconds(60));
  if (!failed.ok()) return failed;
  if (!answer.ok()) return answer.status();
  if (answer->status / 100 != 2) return ErrorFromResponse(*answer);
  const std::string stored_crc = TextAt(object, "crc32c");
  if (done != size || (!stored_crc.empty() && stored_crc != EncodeCrc32c(crc))) {
    return DataLossError(from.Url() +
                         " did not arrive whole (size or CRC-32C differ); copy it again");
  }
  return OkStatus();
}

Status ObjectClient::Copy(const GsPath& from, const GsPath& to) {
  const std::string target = ObjectTarget(from) + "/rewriteTo/b/" + PercentEncode(to.bucket) +
                             "/o/" + PercentEncode(to.object);
  std::string token;
  do {
    MLENGINE_ASSIGN_OR_RETURN(
        const boost::json::value answer,
        api_.Json("POST", target + (token.empty() ? "" : "?rewriteToken=" + PercentEncode(token))));
    token = TextAt(answer, "rewriteToken");
  } while (!token.empty());
  return OkStatus();
}

Status ObjectClient::Delete(const GsPath& path) {
  return api_.Json("DELETE", ObjectTarget(path)).status();
}

}  // namespace mlengine::cli
