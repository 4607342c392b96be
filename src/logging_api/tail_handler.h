// POST /v2/entries:tail: entries as they come, for as long as the client stays. Google's own speaks
// gRPC only; this one answers as its REST doors do for streams: a JSON list that grows, one message
// of {"entries":[…]} after the other. The first message is empty: it says that the tail is on.
#pragma once

#include "logging_api/door.h"
#include "net/http.h"

namespace mlengine::logging_api {

// For the route "POST /v2/entries:tail". A follower holds no thread.
net::Handler EntriesTailHandler(LoggingDeps deps);

}  // namespace mlengine::logging_api
