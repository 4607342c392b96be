// Buckets: insert, get, list, delete, storageLayout.
#pragma once

#include <memory>

#include "net/router.h"
#include "storage_api/door.h"

namespace mlengine::storage_api {

void RegisterBuckets(net::Router& router, const std::shared_ptr<Door>& door);

}  // namespace mlengine::storage_api
