// GET /mlengine/v1/runtimes, GET /mlengine/v1/runtimes/{name}, POST
// /mlengine/v1/runtimes/{name}:install (one JSON object a line: {"line":…} as it goes, then
// {"done":true} or {"error":{…}}).
#pragma once

#include "net/router.h"
#include "runtimes/runtime_store.h"

namespace mlengine::engine_api {

// `runtimes` outlives the router and its answers. Destroying the router stops installations and
// waits for them.
void RegisterRuntimes(net::Router& router, runtimes::RuntimeStore& runtimes);

}  // namespace mlengine::engine_api
