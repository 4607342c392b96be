// projects.getConfig.
#pragma once

#include "net/router.h"

namespace mlengine::ml_api {

void RegisterProject(net::Router& router);

}  // namespace mlengine::ml_api
