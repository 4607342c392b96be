#include "cli/local_python.h"

#include "cli/command.h"
#include "cli/on_path.h"
#include "cli/session.h"

namespace mlengine::cli {

Result<std::string> PythonFor(const Invocation& invocation, const Session& session) {
  if (invocation.Has("python")) return invocation.Text("python");
  if (const auto python = session.env("MLENGINE_LOCAL_PYTHON")) return *python;
  for (const char* name : {"python3", "python"}) {
    if (!OnPath(session, name).empty()) return std::string(name);
  }
  return NotFoundError(
      "no Python on PATH. Install python3, or name one with --python or MLENGINE_LOCAL_PYTHON.");
}

}  // namespace mlengine::cli
