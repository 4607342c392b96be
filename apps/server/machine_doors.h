// The doors that tell of the machine and of the server itself, for the console.
#pragma once

#include <string>

#include "doors.h"
#include "engine_api/queue_view.h"
#include "engine_api/server_handler.h"

namespace mlengine::server {

// What the doors that tell why jobs wait go by.
engine_api::QueueDeps QueueDepsOf(const DoorParts& parts);

// How full the disk is, for the doors that tell.
engine_api::DiskReport DiskReportOf(upkeep::DiskWatch& disk, const std::string& folder);

void AddMachineDoors(net::Router& router, const DoorParts& parts);

}  // namespace mlengine::server
