// What only mlengine tells of a job: phases, attempts, replicas, the runtime that really runs it;
// as JSON under /mlengine/v1 and as plain pages (job_pages.h) under /ui until the console takes
// that address.
#pragma once

#include <string>

#include "logs/log_store.h"
#include "net/router.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

// Adds GET /mlengine/v1/projects/{p}/jobs/{j}, GET /ui/jobs/{j}?project=P and GET
// /ui?project=P&pageToken=T. The stores
// must outlive the router.
void RegisterJobs(net::Router& router, store::JobStore& store, logs::LogStore& logs);

// {"job":…,"phases":[{"name":"queued","milliseconds":3}, …],"attempts":[…],"runtime":…}
std::string JobDetailJson(const store::JobRecord& record);

}  // namespace mlengine::engine_api
