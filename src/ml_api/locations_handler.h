// projects.locations: get, list.
#pragma once

#include "net/router.h"

namespace mlengine::ml_api {

void RegisterLocations(net::Router& router);

}  // namespace mlengine::ml_api
