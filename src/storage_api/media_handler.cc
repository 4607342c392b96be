#include "storage_api/media_handler.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "base/digest.h"
#include "objects/object_names.h"
#include "objects/preconditions.h"
#include "storage_api/answer.h"
#include "storage_api/byte_range.h"
#include "storage_api/resource_json.h"

namespace mlengine::storage_api {
namespace {

constexpr std::uint64_t kPiece = 1U << 20;  // bytes sent at once
constexpr std::uint64_t kChunk = 1U << 14;  // all that gcloud-cpp has room for

class ObjectStream final : public net::BodyStream {
 public:
  ObjectStream(std::unique_ptr<objects::ObjectReader> reader, ByteRange range, std::uint64_t piece)
      : reader_(std::move(reader)),
        at_(range.first),
        end_(range.first + range.count),
        piece_(piece) {}

  Pull Next(std::string& out) override {
    if (at_ == end_) return Pull::kEnd;
    Result<std::string> piece = reader_->ReadAt(at_, std::min(piece_, end_ - at_));
    if (!piece.ok() || piece->empty()) return Pull::kFail;
    at_ += piece->size();
    out = *std::move(piece);
    return Pull::kData;
  }

 private:
  std::unique_ptr<objects::ObjectReader> reader_;
  std::uint64_t at_;
  const std::uint64_t end_;
  const std::uint64_t piece_;
};

std::string HttpDate(Time time) {
  const std::time_t seconds = ToUnixNanos(time) / 1'000'000'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char buffer[40];
  const std::size_t n = std::strftime(buffer, sizeof(buffer), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {buffer, n};
}

void AddObjectHeaders(const objects::Object& object, net::Headers& headers) {
  const auto& metadata = object.metadata;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) headers.Add(name, value);
  };
  headers.Add("Content-Type",
              metadata.content_type.empty() ? "application/octet-stream" : metadata.content_type);
  add("Content-Encoding", metadata.content_encoding);
  add("Content-Disposition", metadata.content_disposition);
  add("Content-Language", metadata.content_language);
  add("Cache-Control", metadata.cache_control);
  // Whoever may write an object may not thereby run a script as this server's own page.
  headers.Add("X-Content-Type-Options", "nosniff");
  headers.Add("Content-Security-Policy", "sandbox");
  headers.Add("Accept-Ranges", "bytes");
  headers.Add("ETag", "\"" + EtagOf(object) + "\"");
  headers.Add("Last-Modified", HttpDate(object.updated));
  headers.Add("x-goog-generation", std::to_string(object.generation));
  headers.Add("x-goog-metageneration", std::to_string(object.metageneration));
  headers.Add("x-goog-storage-class", "STANDARD");
  headers.Add("x-goog-stored-content-length", std::to_string(object.size));
  headers.Add("x-goog-stored-content-encoding",
              metadata.content_encoding.empty() ? "identity" : metadata.content_encoding);
  std::string hashes;
  if (object.crc32c) hashes = "crc32c=" + EncodeCrc32c(*object.crc32c);
  if (!object.md5.empty()) {
    hashes += (hashes.empty() ? "md5=" : ",md5=") + Base64Encode(object.md5);
  }
  add("x-goog-hash", hashes);
}

}  // namespace

Status ConditionStatus(const objects::Preconditions& conditions, const objects::Object& object) {
  return objects::CheckPreconditions(conditions, &object);
}

std::optional<net::Response> ConditionAnswer(const objects::Preconditions& conditions,
                                             const objects::Object& object) {
  const bool same = conditions.if_generation_not_match == object.generation ||
                    conditions.if_metageneration_not_match == object.metageneration;
  objects::Preconditions match = conditions;
  match.if_generation_not_match.reset();
  match.if_metageneration_not_match.reset();
  if (const Status status = ConditionStatus(match, object); !status.ok()) {
    return ErrorAnswer(status);
  }
  if (!same) return std::nullopt;
  net::Response response;
  response.status = 304;
  return response;
}

net::Response MediaAnswer(Door& door, const net::RequestHead& request, const std::string& bucket,
                          const std::string& name) {
  const auto generation = ReadGeneration(request);
  if (!generation.ok()) return ErrorAnswer(generation.status());
  const auto conditions = ReadConditions(request);
  if (!conditions.ok()) return ErrorAnswer(conditions.status());
  auto reader = door.deps.objects->Open(bucket, name, *generation);
  if (!reader.ok()) return ErrorAnswer(reader.status());
  const objects::Object object = (*reader)->object();
  if (auto refused = ConditionAnswer(*conditions, object)) return *std::move(refused);
  const auto range = ParseRange(request.headers.Get("Range"), object.size);
  if (!range.ok()) {
    net::Response refused =
        ErrorAnswer(416, "requestedRangeNotSatisfiable", range.status().message());
    refused.headers.Add("Content-Range", "bytes */" + std::to_string(object.size));
    return refused;
  }
  net::Response response;
  const ByteRange send = range->value_or(ByteRange{0, object.size});
  AddObjectHeaders(object, response.headers);
  if (*range) {
    response.status = 206;
    response.headers.Add("Content-Range", "bytes " + std::to_string(send.first) + "-" +
                                              std::to_string(send.first + send.count - 1) + "/" +
                                              std::to_string(object.size));
  }
  const bool in_chunks = IsGcloudCpp(request);
  response.stream =
      std::make_unique<ObjectStream>(*std::move(reader), send, in_chunks ? kChunk : kPiece);
  if (in_chunks) {
    // It goes by the chunks, and what is built on it still looks for the length.
    response.headers.Add("Content-Length", std::to_string(send.count));
  } else {
    response.stream_length = send.count;
  }
  return response;
}

void RegisterPlainMedia(net::Router& router, const std::shared_ptr<Door>& door) {
  router.Handle("GET", "/{bucket}/{object=**}", [door](net::Request& request) {
    // Also where every mistyped path of another door ends.
    if (!objects::CheckBucketName(request.path_values[0]).ok()) {
      return ErrorAnswer(404, "notFound", "this server has no resource at " + request.raw_path);
    }
    return MediaAnswer(*door, request, request.path_values[0], request.path_values[1]);
  });
}

}  // namespace mlengine::storage_api
