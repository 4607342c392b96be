// The storage API's doors: /storage/v1, /upload/storage/v1, /resumable/upload/storage/v1,
// /download/storage/v1 and, last of all doors, /BUCKET/OBJECT.
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "net/router.h"
#include "objects/object_store.h"
#include "storage_api/upload_session.h"

namespace mlengine::storage_api {

struct StorageDeps {
  objects::ObjectStore* objects = nullptr;  // all outlive the router
  const Clock* clock = nullptr;
  // Not OK when `coming` more bytes are to be refused now (the disk is near full); the status is
  // the answer.
  std::function<Status(std::uint64_t coming)> accept_work;
  std::string upload_dir;  // absolute; where resumable sessions keep their state across a restart
                           // of the server
  UploadLimits upload_limits = {};
};

void RegisterStorage(net::Router& router, StorageDeps deps);

}  // namespace mlengine::storage_api
