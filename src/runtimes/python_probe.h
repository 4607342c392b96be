// What a Python interpreter tells of itself, and where on this machine others may be.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace mlengine::runtimes {

struct PythonProbe {
  std::string executable;  // absolute; what a wrapper (a shim) leads to
  std::string version;     // "3.11.2"
  // Has what builds environments with pip: venv and ensurepip, on Python 2 ensurepip alone.
  bool makes_environments = false;
  std::vector<std::string> site_packages;  // folders of installed packages
};

// Runs the interpreter (a path, or a name on PATH) once, some tens of milliseconds.
// FAILED_PRECONDITION when it is no working Python.
Result<PythonProbe> ProbePython(const std::string& interpreter);

// Absolute paths of `name` in the folders of `path` ("PATH"), in their order. A name with a slash
// is a path already.
std::vector<std::string> FindOnPath(const std::string& name, const std::string& path);

// Where interpreters are looked for; each may be "".
struct PythonPlaces {
  std::string path;        // "PATH"
  std::string home;        // has .pyenv/versions
  std::string pyenv_root;  // "PYENV_ROOT", has versions
};

// Interpreters that may be Python `version` ("3.11"), the likeliest first: PATH, the system's
// folders, then pyenv's versions, the newest first. The shims of a pyenv on PATH stand for its
// versions: they are slow, and what they lead to changes. Not probed.
std::vector<std::string> PythonCandidates(const std::string& version, const PythonPlaces& places);

// "3.11" of "3.11.2".
std::string MajorMinor(const std::string& version);

// The caller's environment for Python processes, without what would lead them to packages or
// settings of elsewhere.
std::vector<std::pair<std::string, std::string>> CleanPythonEnvironment();

}  // namespace mlengine::runtimes
