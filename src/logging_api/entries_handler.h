// POST /v2/entries:list, as gcloud's stream-logs and `logging read` and Google's libraries send it.
#pragma once

#include "logging_api/door.h"
#include "net/http.h"

namespace mlengine::logging_api {

// For the route "POST /v2/entries:list". A call whose time is up answers what it has, may be
// nothing, with a nextPageToken.
net::Handler EntriesListHandler(LoggingDeps deps);

}  // namespace mlengine::logging_api
