// projects.locations: get, list.
#pragma once

#include "net/router.h"
#include "policy/regions.h"

namespace mlengine::ml_api {

// With GPUs in the pool every type of GPU may be asked for: any of
// the pool's serves any type.
void RegisterLocations(net::Router& router, policy::RegionTable regions, bool has_gpus);

}  // namespace mlengine::ml_api
