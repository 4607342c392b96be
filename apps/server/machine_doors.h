// The doors that tell of the machine and of the server itself, for the console.
#pragma once

#include "doors.h"
#include "engine_api/queue_view.h"

namespace mlengine::server {

// What the doors that tell why jobs wait go by.
engine_api::QueueDeps QueueDepsOf(const DoorParts& parts);

void AddMachineDoors(net::Router& router, const DoorParts& parts);

}  // namespace mlengine::server
