// RoomMakingFiles: a FileSystem for records that must be written even on a full disk. A write that
// finds no room asks for some and goes on.
#pragma once

#include <functional>
#include <memory>

#include "base/file_system.h"

namespace mlengine::upkeep {

// `make_room` gives up a piece of the reserve and tells whether there was one; any thread. It is
// asked again until the write succeeds or nothing is left. CreateExclusive is passed on as it is:
// whether a failed one left the file is the caller's business. `inner` outlives the object.
std::unique_ptr<FileSystem> NewRoomMakingFiles(FileSystem& inner, std::function<bool()> make_room);

}  // namespace mlengine::upkeep
