// Which Python runs what is run without the server.
#pragma once

#include <string>

#include "base/result.h"

namespace mlengine::cli {

struct Session;
class Invocation;

// --python, else MLENGINE_LOCAL_PYTHON, else python3, else python on PATH. NOT_FOUND without any.
Result<std::string> PythonFor(const Invocation& invocation, const Session& session);

}  // namespace mlengine::cli
