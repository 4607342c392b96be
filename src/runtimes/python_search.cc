#include "runtimes/python_search.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/file_system.h"

namespace mlengine::runtimes {
namespace {

// "2.7, 3.5 or 3.6".
std::string Listed(const std::vector<std::string>& versions) {
  std::string text;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    if (i > 0) text += i + 1 == versions.size() ? " or " : ", ";
    text += versions[i];
  }
  return text;
}

// The last release of a Python that has no more of them.
std::string LastRelease(const std::string& version) {
  const std::pair<const char*, const char*> ended[] = {{"2.7", "2.7.18"},
                                                       {"3.5", "3.5.10"},
                                                       {"3.6", "3.6.15"},
                                                       {"3.7", "3.7.17"},
                                                       {"3.8", "3.8.20"}};
  for (const auto& [line, last] : ended) {
    if (version == line) return last;
  }
  return version;
}

}  // namespace

Result<PythonProbe> PythonSearch::Find(const policy::RuntimeVersion& version,
                                       const std::string& python_version) {
  std::vector<std::string> fitting = version.python_versions;
  if (!python_version.empty()) {
    if (std::ranges::find(fitting, python_version) == fitting.end()) {
      return InvalidArgumentError("runtime version " + version.name +
                                  " cannot be built with Python " + python_version +
                                  ", only with " + Listed(fitting));
    }
    fitting = {python_version};
  }
  std::string without_pip;
  for (const std::string& python : fitting) {
    for (const std::string& file : PythonCandidates(python, places_)) {
      Result<PythonProbe> probe = Ask(file);
      if (!probe.ok() || MajorMinor(probe->version) != python) continue;
      if (probe->makes_environments) return probe;
      if (without_pip.empty()) without_pip = probe->executable;
    }
  }
  const std::string get = "for example with: pyenv install " + LastRelease(fitting.front());
  if (!without_pip.empty()) {
    return FailedPreconditionError("runtime version " + version.name +
                                   " needs a Python that can make environments; " + without_pip +
                                   " cannot: install its venv package (on Debian: apt install "
                                   "python3-venv), or another such Python, " +
                                   get);
  }
  return FailedPreconditionError(
      "runtime version " + version.name + " needs Python " + Listed(fitting) +
      (fitting.size() > 1 ? " (the first is best)" : "") +
      ", and none is on PATH, in /usr/bin or among pyenv's versions (~/.pyenv, $PYENV_ROOT); get "
      "one, " +
      get);
}

Result<PythonProbe> PythonSearch::Ask(const std::string& file) {
  std::error_code failed;
  const std::string real = std::filesystem::canonical(file, failed).string();
  const Result<FileStat> stat = RealFileSystem().Stat(failed ? file : real);
  const std::string key =
      !stat.ok() ? file
                 : file + ":" + std::to_string(stat->inode) + ":" + std::to_string(stat->mtime_ns);
  const std::lock_guard lock(mutex_);
  const auto known = asked_.find(key);
  if (known != asked_.end()) return known->second;
  return asked_.emplace(key, ProbePython(file)).first->second;
}

}  // namespace mlengine::runtimes
