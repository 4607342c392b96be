// The links to replicas' tmp folders that their runners make (runner/tmp_link.h).
#pragma once

#include <string>

#include "base/file_system.h"

namespace mlengine::executor {

// Removes those that dead runners left: whose replica's folder has no runner that lives, or is
// gone. What cannot be told stays.
void RemoveStaleTmpLinks(FileSystem& files, const std::string& links_dir);

}  // namespace mlengine::executor
