// Objects' metadata: get (and media, by alt=media), list, patch, update, delete.
#pragma once

#include <memory>

#include "net/router.h"
#include "storage_api/door.h"

namespace mlengine::storage_api {

void RegisterObjects(net::Router& router, const std::shared_ptr<Door>& door);

}  // namespace mlengine::storage_api
