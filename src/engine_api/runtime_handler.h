// GET /mlengine/v1/runtimes, GET and DELETE /mlengine/v1/runtimes/{name}, POST
// /mlengine/v1/runtimes/{name}:install (one JSON object a line: {"line":…} as it goes, then
// {"done":true} or {"error":{…}}). The last two take ?pythonVersion=2.7; DELETE is refused while an
// unfinished job needs the environment.
#pragma once

#include "engine_api/runtime_users.h"
#include "net/router.h"

namespace mlengine::engine_api {

// Both stores outlive the router and its answers. Destroying the router stops installations and
// waits for them.
void RegisterRuntimes(net::Router& router, const RuntimeDeps& deps);

}  // namespace mlengine::engine_api
