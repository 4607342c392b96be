// Which start of the machine this is: what was written under another id was left by processes that
// cannot live any more.
#pragma once

#include <string>

#include "base/result.h"

namespace mlengine {

// The kernel's id of this boot, without the newline; fails where it has none. In test builds
// (MLENGINE_CRASH_POINTS) the variable MLENGINE_BOOT_ID goes before.
Result<std::string> BootId();

}  // namespace mlengine
