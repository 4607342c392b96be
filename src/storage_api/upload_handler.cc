#include "storage_api/upload_handler.h"

#include <charconv>
#include <utility>

#include "storage_api/answer.h"
#include "storage_api/upload_sinks.h"

namespace mlengine::storage_api {
namespace {

// Between two looks at the disk.
constexpr std::uint64_t kLookEvery = 8U << 20;  // bytes

// Ends an upload that would fill the disk: its announced length may be missing, or be larger than
// what others left meanwhile.
class DiskMindingSink final : public net::BodySink {
 public:
  DiskMindingSink(const Door& door, std::unique_ptr<net::BodySink> inner)
      : door_(door), inner_(std::move(inner)) {}

  Status Write(std::string_view bytes) override {
    since_ += bytes.size();
    if (since_ >= kLookEvery) {
      since_ = 0;
      MLENGINE_RETURN_IF_ERROR(AcceptBytes(door_, bytes.size()));
    }
    return inner_->Write(bytes);
  }
  net::Response Finish() override { return inner_->Finish(); }
  net::Response Fail(const Status& status) override { return inner_->Fail(status); }

 private:
  const Door& door_;
  std::unique_ptr<net::BodySink> inner_;
  std::uint64_t since_ = 0;
};

// The body's announced length in bytes; 0 without one.
std::uint64_t Announced(const net::RequestHead& head) {
  const std::string_view text = head.headers.Get("Content-Length").value_or("");
  std::uint64_t length = 0;
  std::from_chars(text.data(), text.data() + text.size(), length);
  return length;
}

std::unique_ptr<net::BodySink> Choose(Door& door, const net::RequestHead& head) {
  const auto upload_id = head.Query("upload_id");
  const std::string_view type = head.Query("uploadType").value_or("");
  if ((upload_id || type == "resumable") && door.sessions == nullptr) {
    return RefusingSink(door.sessions_status);
  }
  if (upload_id) return NewPieceSink(door, head, std::string(*upload_id));
  if (head.method == "PUT") {
    return RefusingSink(InvalidArgumentError(
        "upload_id: a PUT continues a resumable upload; send it to the Location that the start "
        "answered"));
  }
  if (type == "media") return NewMediaSink(door, head);
  if (type == "multipart") return NewMultipartSink(door, head);
  if (type == "resumable") return NewSessionSink(door, head);
  return RefusingSink(InvalidArgumentError("uploadType: \"" + std::string(type.substr(0, 40)) +
                                           "\" is not media, multipart or resumable"));
}

using SinkMaker = std::unique_ptr<net::BodySink> (*)(Door& door, const net::RequestHead& head);

std::unique_ptr<net::BodySink> Open(Door& door, const net::RequestHead& head, SinkMaker make) {
  if (Status status = AcceptBytes(door, Announced(head)); !status.ok())
    return RefusingSink(std::move(status));
  return std::make_unique<DiskMindingSink>(door, make(door, head));
}

net::Response Cancel(Door& door, net::Request& request) {
  if (door.sessions == nullptr) return ErrorAnswer(door.sessions_status);
  const Status status = door.sessions->Cancel(std::string(request.Query("upload_id").value_or("")));
  if (!status.ok()) return ErrorAnswer(status);
  net::Response response;
  response.status = 499;
  return response;
}

}  // namespace

void RegisterUploads(net::Router& router, const std::shared_ptr<Door>& door) {
  for (const char* path :
       {"/upload/storage/v1/b/{bucket}/o", "/resumable/upload/storage/v1/b/{bucket}/o"}) {
    for (const char* method : {"POST", "PUT"}) {
      net::Route route;
      route.method = method;
      route.path_template = path;
      route.upload_handler = [door](const net::RequestHead& head) {
        return Open(*door, head, Choose);
      };
      router.Add(std::move(route));
    }
    router.Handle("DELETE", path, [door](net::Request& request) { return Cancel(*door, request); });
  }
  net::Route plain;
  plain.method = "PUT";
  plain.path_template = "/{bucket}/{object=**}";
  plain.upload_handler = [door](const net::RequestHead& head) {
    return Open(*door, head, NewPlainSink);
  };
  router.Add(std::move(plain));
}

}  // namespace mlengine::storage_api
