// What only mlengine tells of a job: phases, attempts, replicas, the runtime that really runs it;
// as JSON under /mlengine/v1 and as a plain page under /ui until the console takes that address.
#pragma once

#include <string>

#include "logs/log_store.h"
#include "net/router.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

// Adds GET /mlengine/v1/projects/{p}/jobs/{j}, GET /ui/jobs/{j}?project=P and GET /ui. The stores
// must outlive the router.
void RegisterJobs(net::Router& router, store::JobStore& store, logs::LogStore& logs);

// {"job":…,"phases":[{"name":"queued","milliseconds":3}, …],"attempts":[…],"runtime":…}
std::string JobDetailJson(const store::JobRecord& record);
// The page; every text in it is escaped.
std::string JobPage(const store::JobRecord& record, const std::vector<logs::LogEntry>& newest_last);

}  // namespace mlengine::engine_api
