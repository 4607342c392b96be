// The doors of the Logging API: /v2/….
#pragma once

#include "logging_api/door.h"
#include "net/router.h"

namespace mlengine::logging_api {

void RegisterLogging(net::Router& router, const LoggingDeps& deps);

}  // namespace mlengine::logging_api
