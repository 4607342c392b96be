// All doors of the ML API on plain dependencies; routes.h joins them to the runtime catalog.
#pragma once

#include "ml_api/job_calls.h"
#include "net/router.h"

namespace mlengine::ml_api {

void RegisterDoors(net::Router& router, const JobDeps& deps);

}  // namespace mlengine::ml_api
