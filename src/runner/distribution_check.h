// Whether a package may share its work among replicas: by the words in its Python files.
#pragma once

#include <string>

#include "base/file_system.h"

namespace mlengine::runner {

// True when a file below `root` reads the cluster from the environment or names one of the usual
// ways to distribute a training; true also when there is more to read than is worth it.
bool MayDistribute(FileSystem& files, const std::string& root);

}  // namespace mlengine::runner
