#include "storage_api/upload_handler.h"

#include "storage_api/answer.h"
#include "storage_api/upload_sinks.h"

namespace mlengine::storage_api {
namespace {

std::unique_ptr<net::BodySink> Open(Door& door, const net::RequestHead& head) {
  if (door.deps.accept_work) {
    if (Status status = door.deps.accept_work(); !status.ok()) {
      return RefusingSink(std::move(status));
    }
  }
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

std::unique_ptr<net::BodySink> OpenPlain(Door& door, const net::RequestHead& head) {
  if (door.deps.accept_work) {
    if (Status status = door.deps.accept_work(); !status.ok()) {
      return RefusingSink(std::move(status));
    }
  }
  return NewPlainSink(door, head);
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
      route.upload_handler = [door](const net::RequestHead& head) { return Open(*door, head); };
      router.Add(std::move(route));
    }
    router.Handle("DELETE", path, [door](net::Request& request) { return Cancel(*door, request); });
  }
  net::Route plain;
  plain.method = "PUT";
  plain.path_template = "/{bucket}/{object=**}";
  plain.upload_handler = [door](const net::RequestHead& head) { return OpenPlain(*door, head); };
  router.Add(std::move(plain));
}

}  // namespace mlengine::storage_api
