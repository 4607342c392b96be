// GET /v2/monitoredResourceDescriptors: the kinds of things that entries are about.
#pragma once

#include "net/http.h"

namespace mlengine::logging_api {

net::Handler DescriptorsListHandler();

}  // namespace mlengine::logging_api
