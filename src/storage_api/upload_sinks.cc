#include "storage_api/upload_sinks.h"

#include <boost/json.hpp>
#include <utility>

#include "base/digest.h"
#include "objects/preconditions.h"
#include "storage_api/answer.h"
#include "storage_api/multipart_parser.h"
#include "storage_api/request_json.h"
#include "storage_api/resource_json.h"

namespace mlengine::storage_api {
namespace {

class Refusing final : public net::BodySink {
 public:
  explicit Refusing(Status status) : status_(std::move(status)) {}
  Status Write(std::string_view) override { return status_; }
  net::Response Finish() override { return ErrorAnswer(status_); }
  net::Response Fail(const Status& status) override { return ErrorAnswer(status); }

 private:
  const Status status_;
};

// The name of the query wins over that of the resource.
Status TakeName(const net::RequestHead& head, ObjectResource& resource) {
  if (const auto name = head.Query("name"); name && !name->empty()) {
    resource.name = std::string(*name);
  }
  if (!resource.name.empty()) return OkStatus();
  return InvalidArgumentError(
      "name: an upload needs the object's name, in the query or the "
      "metadata");
}

// A sink with a writer: what media and multipart share.
class WriterSink : public net::BodySink {
 public:
  WriterSink(Door& door, net::RequestHead head) : door_(door), head_(std::move(head)) {}

  net::Response Fail(const Status& status) override { return ErrorAnswer(status); }

 protected:
  // Once the resource is known.
  Status OpenWriter() {
    MLENGINE_RETURN_IF_ERROR(TakeName(head_, resource_));
    MLENGINE_RETURN_IF_ERROR(ReadHashHeaders(head_, resource_));
    if (const auto encoding = head_.Query("contentEncoding")) {
      resource_.metadata.content_encoding = std::string(*encoding);
    }
    MLENGINE_RETURN_IF_ERROR(CheckHeaderTexts(resource_.metadata));
    MLENGINE_ASSIGN_OR_RETURN(conditions_, ReadConditions(head_));
    MLENGINE_ASSIGN_OR_RETURN(writer_,
                              door_.deps.objects->NewWriter(head_.path_values[0], resource_.name));
    return OkStatus();
  }

  net::Response Commit() {
    if (const Status status = CheckHashes(resource_, *writer_); !status.ok()) return Fail(status);
    const Result<objects::Object> object = writer_->Commit(resource_.metadata, conditions_);
    if (!object.ok()) return Fail(object.status());
    return JsonAnswer(head_, ObjectJson(*object, head_.scheme_and_host));
  }

  Door& door_;
  const net::RequestHead head_;
  ObjectResource resource_;
  objects::Preconditions conditions_;
  std::unique_ptr<objects::ObjectWriter> writer_;
};

class MediaSink : public WriterSink {
 public:
  using WriterSink::WriterSink;

  Status Open() {
    if (const auto type = head_.headers.Get("Content-Type")) {
      resource_.metadata.content_type = std::string(*type);
    }
    return OpenWriter();
  }
  Status Write(std::string_view bytes) override { return writer_->Write(bytes); }
  net::Response Finish() override { return Commit(); }
};

class PlainSink final : public MediaSink {
 public:
  PlainSink(Door& door, const net::RequestHead& head) : MediaSink(door, head) {
    resource_.name = head.path_values[1];
  }
  net::Response Finish() override {
    net::Response response = Commit();
    if (response.status == 200) response.body.clear();
    return response;
  }
};

class MultipartSink final : public WriterSink {
 public:
  MultipartSink(Door& door, const net::RequestHead& head, const std::string& boundary)
      : WriterSink(door, head),
        parser_(boundary, {[this](const net::Headers& headers) { return OnPart(headers); },
                           [this](std::string_view bytes) { return OnData(bytes); }}) {}

  Status Write(std::string_view bytes) override { return parser_.Feed(bytes); }
  net::Response Finish() override {
    if (const Status status = parser_.Finish(); !status.ok()) return Fail(status);
    if (parts_ != 2) {
      return Fail(
          InvalidArgumentError("a multipart upload has two parts, metadata and data; "
                               "this one has " +
                               std::to_string(parts_)));
    }
    return Commit();
  }

 private:
  Status OnPart(const net::Headers& headers) {
    if (++parts_ == 1) return OkStatus();
    if (parts_ > 2) {
      return InvalidArgumentError("a multipart upload has two parts; here is a third");
    }
    MLENGINE_ASSIGN_OR_RETURN(const boost::json::object body, ParseJsonBody(json_));
    MLENGINE_ASSIGN_OR_RETURN(resource_, ParseObjectResource(body));
    const auto type = headers.Get("Content-Type");
    if (resource_.metadata.content_type.empty() && type) {
      resource_.metadata.content_type = std::string(*type);
    }
    return OpenWriter();
  }
  Status OnData(std::string_view bytes) {
    if (parts_ == 2) return writer_->Write(bytes);
    if (json_.size() + bytes.size() > kJsonLimit) {
      return InvalidArgumentError("the metadata of an upload is longer than 1 MiB");
    }
    json_ += bytes;
    return OkStatus();
  }

  MultipartParser parser_;
  int parts_ = 0;
  std::string json_;
};

class SessionSink final : public net::BodySink {
 public:
  SessionSink(Door& door, net::RequestHead head) : door_(door), head_(std::move(head)) {}

  Status Write(std::string_view bytes) override {
    if (json_.size() + bytes.size() > kJsonLimit) {
      return InvalidArgumentError("the metadata of an upload is longer than 1 MiB");
    }
    json_ += bytes;
    return OkStatus();
  }

  net::Response Finish() override {
    Result<UploadPlan> plan = MakePlan();
    if (!plan.ok()) return Fail(plan.status());
    const std::string name = plan->resource.name;
    const auto session = door_.sessions->Start(*std::move(plan));
    if (!session.ok()) return Fail(session.status());
    net::Response response;
    response.headers.Add("Location", head_.scheme_and_host + head_.raw_path +
                                         "?uploadType=resumable&name=" + PercentEncode(name) +
                                         "&upload_id=" + (*session)->id());
    response.headers.Add("X-GUploader-UploadID", (*session)->id());
    return response;
  }
  net::Response Fail(const Status& status) override { return ErrorAnswer(status); }

 private:
  Result<UploadPlan> MakePlan() {
    UploadPlan plan;
    plan.bucket = head_.path_values[0];
    MLENGINE_ASSIGN_OR_RETURN(const boost::json::object body, ParseJsonBody(json_));
    MLENGINE_ASSIGN_OR_RETURN(plan.resource, ParseObjectResource(body));
    MLENGINE_RETURN_IF_ERROR(TakeName(head_, plan.resource));
    MLENGINE_RETURN_IF_ERROR(ReadHashHeaders(head_, plan.resource));
    const auto type = head_.headers.Get("X-Upload-Content-Type");
    if (plan.resource.metadata.content_type.empty() && type) {
      plan.resource.metadata.content_type = std::string(*type);
    }
    if (const auto encoding = head_.Query("contentEncoding")) {
      plan.resource.metadata.content_encoding = std::string(*encoding);
    }
    MLENGINE_RETURN_IF_ERROR(CheckHeaderTexts(plan.resource.metadata));
    if (const auto length = head_.headers.Get("X-Upload-Content-Length")) {
      MLENGINE_ASSIGN_OR_RETURN(const std::int64_t total,
                                ParseNumber("X-Upload-Content-Length", *length));
      if (total < 0) return InvalidArgumentError("X-Upload-Content-Length: is negative");
      plan.total = static_cast<std::uint64_t>(total);
    }
    MLENGINE_ASSIGN_OR_RETURN(plan.conditions, ReadConditions(head_));
    // What would fail at the end fails before the bytes are sent: bucket, name, conditions.
    MLENGINE_RETURN_IF_ERROR(door_.deps.objects->GetBucket(plan.bucket).status());
    const auto live = door_.deps.objects->Get(plan.bucket, plan.resource.name);
    if (!live.ok() && live.status().code() != StatusCode::kNotFound) return live.status();
    MLENGINE_RETURN_IF_ERROR(
        objects::CheckPreconditions(plan.conditions, live.ok() ? &*live : nullptr));
    return plan;
  }

  Door& door_;
  const net::RequestHead head_;
  std::string json_;
};

}  // namespace

std::unique_ptr<net::BodySink> RefusingSink(Status status) {
  return std::make_unique<Refusing>(std::move(status));
}

std::unique_ptr<net::BodySink> NewMediaSink(Door& door, const net::RequestHead& head) {
  auto sink = std::make_unique<MediaSink>(door, head);
  if (Status status = sink->Open(); !status.ok()) return RefusingSink(std::move(status));
  return sink;
}

std::unique_ptr<net::BodySink> NewPlainSink(Door& door, const net::RequestHead& head) {
  auto sink = std::make_unique<PlainSink>(door, head);
  if (Status status = sink->Open(); !status.ok()) return RefusingSink(std::move(status));
  return sink;
}

std::unique_ptr<net::BodySink> NewMultipartSink(Door& door, const net::RequestHead& head) {
  const auto boundary = ParseBoundary(head.headers.Get("Content-Type").value_or(""));
  if (!boundary.ok()) return RefusingSink(boundary.status());
  return std::make_unique<MultipartSink>(door, head, *boundary);
}

std::unique_ptr<net::BodySink> NewSessionSink(Door& door, const net::RequestHead& head) {
  return std::make_unique<SessionSink>(door, head);
}

}  // namespace mlengine::storage_api
