// Where the Python worker's own files are.
#pragma once

#include <string>

#include "base/result.h"

namespace mlengine::serving {

// The folder that an interpreter runs as a worker; it belongs to the program that asks. INTERNAL
// when it is missing.
Result<std::string> WorkerFolder();

}  // namespace mlengine::serving
