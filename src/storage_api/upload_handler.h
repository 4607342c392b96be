// Objects insert: uploadType media, multipart and resumable, under /upload/storage/v1 and
// /resumable/upload/storage/v1.
#pragma once

#include <memory>

#include "net/router.h"
#include "storage_api/door.h"

namespace mlengine::storage_api {

void RegisterUploads(net::Router& router, const std::shared_ptr<Door>& door);

}  // namespace mlengine::storage_api
