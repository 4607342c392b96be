#include "base/boot_id.h"

#include <cstdlib>

#include "base/file_system.h"

namespace mlengine {

Result<std::string> BootId() {
#ifdef MLENGINE_CRASH_POINTS
  if (const char* given = std::getenv("MLENGINE_BOOT_ID"); given != nullptr)
    return std::string(given);
#endif
  MLENGINE_ASSIGN_OR_RETURN(std::string id,
                            RealFileSystem().Read("/proc/sys/kernel/random/boot_id"));
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

}  // namespace mlengine
