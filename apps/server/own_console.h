// The web console that belongs to this server: found beside the program, as installed or as built.
#pragma once

#include "net/router.h"
#include "options.h"

namespace mlengine::server {

void RegisterOwnConsole(net::Router& router, const Options& options);

}  // namespace mlengine::server
