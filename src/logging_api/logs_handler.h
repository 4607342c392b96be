// GET /v2/projects/{project}/logs: the names of a project's logs.
#pragma once

#include "logging_api/door.h"
#include "net/http.h"

namespace mlengine::logging_api {

// Expects path_values = {project}. In the order of the names; a page token is the last one's.
net::Handler LogsListHandler(LoggingDeps deps);

}  // namespace mlengine::logging_api
