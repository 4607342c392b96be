// Objects from objects: rewriteTo, copyTo, compose.
#pragma once

#include <memory>

#include "net/router.h"
#include "storage_api/door.h"

namespace mlengine::storage_api {

void RegisterCopies(net::Router& router, const std::shared_ptr<Door>& door);

}  // namespace mlengine::storage_api
