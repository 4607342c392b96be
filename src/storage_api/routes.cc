#include "storage_api/routes.h"

#include <memory>
#include <utility>

#include "base/log.h"
#include "storage_api/bucket_handler.h"
#include "storage_api/copy_handler.h"
#include "storage_api/media_handler.h"
#include "storage_api/object_handler.h"
#include "storage_api/upload_handler.h"

namespace mlengine::storage_api {

void RegisterStorage(net::Router& router, StorageDeps deps) {
  // Every handler holds it: it lives as long as the router and its copies.
  auto door = std::make_shared<Door>();
  auto sessions = UploadSessions::Open(deps.upload_dir, *deps.clock, deps.upload_limits);
  if (sessions.ok()) {
    door->sessions = *std::move(sessions);
  } else {
    door->sessions_status =
        Status(sessions.status()).WithContext("resumable uploads are not possible");
    Log(LogLevel::kError, "resumable uploads are not possible",
        {{"why", sessions.status().message()}});
  }
  door->deps = std::move(deps);
  RegisterBuckets(router, door);
  RegisterObjects(router, door);
  RegisterCopies(router, door);
  RegisterUploads(router, door);
  RegisterPlainMedia(router, door);
}

}  // namespace mlengine::storage_api
