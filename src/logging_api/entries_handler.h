// POST /v2/entries:list, as gcloud's stream-logs sends it.
#pragma once

#include "logs/log_store.h"
#include "net/http.h"

namespace mlengine::logging_api {

// For the route "POST /v2/entries:list". `store` must outlive the handler.
net::Handler EntriesListHandler(logs::LogStore& store);

}  // namespace mlengine::logging_api
