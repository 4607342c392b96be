// The methods of the ML API that this engine does not have yet: each is answered 501 UNIMPLEMENTED
// by its name, so that a client learns what is missing instead of "not found".
#pragma once

#include "net/router.h"

namespace mlengine::ml_api {

void RegisterLaterMethods(net::Router& router);

}  // namespace mlengine::ml_api
