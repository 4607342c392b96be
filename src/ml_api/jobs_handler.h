// projects.jobs: create, get, list, cancel, patch.
#pragma once

#include "ml_api/job_calls.h"
#include "net/router.h"

namespace mlengine::ml_api {

void RegisterJobs(net::Router& router, const JobDeps& deps);

}  // namespace mlengine::ml_api
