// projects.operations and projects.locations.operations: there are none until models and versions
// come, so the list is empty and every name is not found.
#pragma once

#include "net/router.h"

namespace mlengine::ml_api {

void RegisterOperations(net::Router& router);

}  // namespace mlengine::ml_api
