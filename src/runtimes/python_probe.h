// What a Python interpreter tells of itself, and which ones this machine has.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace mlengine::runtimes {

struct PythonProbe {
  std::string executable;                  // absolute; what a wrapper (a shim) leads to
  std::string version;                     // "3.11.2"
  bool makes_environments = false;         // has venv and ensurepip
  std::vector<std::string> site_packages;  // folders of installed packages
};

// Runs the interpreter (a path, or a name on PATH) once, some tens of milliseconds.
// FAILED_PRECONDITION when it is no working Python 3.
Result<PythonProbe> ProbePython(const std::string& interpreter);

// Absolute paths of `name` in the folders of `path` ("PATH"), in their order. A name with a slash
// is a path already.
std::vector<std::string> FindOnPath(const std::string& name, const std::string& path);

// Interpreters that may be Python `version` ("3.11"), the likeliest first: PATH, the system's
// folders, then pyenv's versions below `home`. Not probed.
std::vector<std::string> PythonCandidates(const std::string& version, const std::string& path,
                                          const std::string& home);

// The caller's environment for Python processes, without what would lead them to packages or
// settings of elsewhere.
std::vector<std::pair<std::string, std::string>> CleanPythonEnvironment();

}  // namespace mlengine::runtimes
