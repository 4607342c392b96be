// The sink of one piece of a resumable upload.
#include <boost/json.hpp>
#include <mutex>
#include <utility>

#include "storage_api/answer.h"
#include "storage_api/byte_range.h"
#include "storage_api/resource_json.h"
#include "storage_api/upload_sinks.h"

namespace mlengine::storage_api {
namespace {

// What is there, synced: "send on from here".
net::Response Incomplete(UploadSession& session) {
  if (const Status status = session.Sync(); !status.ok()) return ErrorAnswer(status);
  const Result<std::uint64_t> size = session.Size();
  if (!size.ok()) return ErrorAnswer(size.status());
  net::Response response;
  response.status = 308;
  if (*size > 0) response.headers.Add("Range", "bytes=0-" + std::to_string(*size - 1));
  response.headers.Add("X-GUploader-UploadID", session.id());
  return response;
}

class PieceSink final : public net::BodySink {
 public:
  PieceSink(Door& door, net::RequestHead head, std::shared_ptr<UploadSession> session,
            std::optional<ContentRange> range)
      : door_(door), head_(std::move(head)), session_(std::move(session)), range_(range) {}

  // Bytes of a request that breaks off stay: the client asks what is there and goes on.
  Status Write(std::string_view bytes) override {
    const std::scoped_lock lock(session_->mutex());
    if (session_->finished()) return OkStatus();
    MLENGINE_ASSIGN_OR_RETURN(const std::uint64_t size, session_->Size());
    if (!started_) {
      started_ = true;
      MLENGINE_RETURN_IF_ERROR(Begin(size));
    }
    const std::uint64_t at = first_ + received_;
    received_ += bytes.size();
    if (range_ && !range_->query && received_ > range_->last - range_->first + 1) {
      return InvalidArgumentError("the body is longer than Content-Range says");
    }
    if (session_->plan().total && first_ + received_ > *session_->plan().total) {
      return InvalidArgumentError("more bytes than X-Upload-Content-Length announced (" +
                                  std::to_string(*session_->plan().total) + ")");
    }
    if (gap_) return OkStatus();
    MLENGINE_ASSIGN_OR_RETURN(const std::uint64_t now, session_->Size());
    if (at > now) {
      gap_ = true;  // another request took bytes back
      return OkStatus();
    }
    // What is there already came before; it is not written again.
    const std::uint64_t known = std::min<std::uint64_t>(now - at, bytes.size());
    return session_->Append(bytes.substr(known));
  }

  net::Response Finish() override {
    const std::scoped_lock lock(session_->mutex());
    if (session_->finished()) return Answer(*session_->finished());
    const Result<std::uint64_t> size = session_->Size();
    if (!size.ok()) return Fail(size.status());
    if (!started_) {
      if (const Status status = Begin(*size); !status.ok()) return Fail(status);
    }
    if (range_ && !range_->query && !gap_ && received_ != range_->last - range_->first + 1) {
      return Fail(InvalidArgumentError("the body has " + std::to_string(received_) +
                                       " bytes; Content-Range says " +
                                       std::to_string(range_->last - range_->first + 1)));
    }
    const Result<std::uint64_t> now = session_->Size();
    if (!now.ok()) return Fail(now.status());
    // A body without Content-Range is the whole object.
    const std::optional<std::uint64_t> total = range_ ? range_->total : first_ + received_;
    if (gap_ || !total || *now < *total) return Incomplete(*session_);
    return Complete(*now);
  }

  net::Response Fail(const Status& status) override { return ErrorAnswer(status); }

 private:
  Status Begin(std::uint64_t size) {
    if (!range_) {
      first_ = 0;
      return size == 0 ? OkStatus() : session_->Restart();
    }
    const auto& announced = session_->plan().total;
    if (range_->total && announced && *range_->total != *announced) {
      return InvalidArgumentError("Content-Range: the total is " + std::to_string(*range_->total) +
                                  ", but X-Upload-Content-Length was " +
                                  std::to_string(*announced));
    }
    if (range_->total && size > *range_->total) {
      return InvalidArgumentError("Content-Range: the total is " + std::to_string(*range_->total) +
                                  ", but " + std::to_string(size) + " bytes are already there");
    }
    first_ = range_->query ? size : range_->first;
    gap_ = first_ > size;
    return OkStatus();
  }

  // The bytes are copied into the object before the session's go.
  net::Response Complete(std::uint64_t size) {
    if (const Status status = AcceptBytes(door_, size); !status.ok()) return Fail(status);
    ObjectResource expected = session_->plan().resource;
    if (const Status status = ReadHashHeaders(head_, expected); !status.ok()) return Fail(status);
    const Result<objects::Object> object = session_->Finish(*door_.deps.objects, expected);
    if (object.ok()) {
      door_.sessions->Close(session_);
      return Answer(*object);
    }
    // Nothing that the client can send now makes it right; a full disk may get better.
    const StatusCode code = object.status().code();
    if (code == StatusCode::kInvalidArgument || code == StatusCode::kFailedPrecondition) {
      static_cast<void>(door_.sessions->Cancel(session_->id()));
    }
    return Fail(object.status());
  }

  net::Response Answer(const objects::Object& object) {
    return JsonAnswer(head_, ObjectJson(object, head_.scheme_and_host));
  }

  Door& door_;
  const net::RequestHead head_;
  const std::shared_ptr<UploadSession> session_;
  const std::optional<ContentRange> range_;
  bool started_ = false;
  bool gap_ = false;            // the piece begins behind what is there: it is not taken
  std::uint64_t first_ = 0;     // offset of the body's first byte
  std::uint64_t received_ = 0;  // bytes of the body
};

}  // namespace

std::unique_ptr<net::BodySink> NewPieceSink(Door& door, const net::RequestHead& head,
                                            const std::string& upload_id) {
  auto session = door.sessions->Find(upload_id);
  if (!session.ok()) return RefusingSink(session.status());
  std::optional<ContentRange> range;
  if (const auto header = head.headers.Get("Content-Range")) {
    Result<ContentRange> parsed = ParseContentRange(*header);
    if (!parsed.ok()) return RefusingSink(parsed.status());
    range = *parsed;
  }
  return std::make_unique<PieceSink>(door, head, *std::move(session), range);
}

}  // namespace mlengine::storage_api
