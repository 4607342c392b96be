#include "runtimes/python_probe.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cstdlib>
#include <functional>
#include <string_view>

#include "base/file_system.h"
#include "base/process.h"

namespace mlengine::runtimes {
namespace {

constexpr std::chrono::seconds kProbeLimit(20);

// Last line of its output: one JSON object. Runs on Python 2.7 too, which has no -I: its parts keep
// the user's own packages and PYTHON* out, and the first line the working folder.
constexpr char kProbeScript[] = R"py(
import sys
sys.path[:] = [p for p in sys.path if p]
import json, pkgutil, site
try:
    from importlib.util import find_spec as find
except ImportError:
    find = pkgutil.find_loader
modules = ['ensurepip'] if sys.version_info[0] == 2 else ['venv', 'ensurepip']
print(json.dumps({
    'executable': sys.executable,
    'version': '.'.join(map(str, sys.version_info[:3])),
    'builds': all(find(m) for m in modules),
    'site': site.getsitepackages() if hasattr(site, 'getsitepackages') else []}))
)py";

// Variables that change which modules a Python finds or what pip does besides its configuration.
bool IsStray(std::string_view name) {
  static constexpr std::array<std::string_view, 12> kStray = {
      "PYTHONPATH",       "PYTHONHOME",       "PYTHONSTARTUP", "PYTHONUSERBASE",
      "PYTHONEXECUTABLE", "PYTHONNOUSERSITE", "VIRTUAL_ENV",   "__PYVENV_LAUNCHER__",
      "PIP_TARGET",       "PIP_PREFIX",       "PIP_ROOT",      "PIP_USER"};
  return std::find(kStray.begin(), kStray.end(), name) != kStray.end();
}

std::string LastLine(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  const std::size_t start = text.rfind('\n');
  return std::string(start == std::string_view::npos ? text : text.substr(start + 1));
}

// Those of pyenv, the newest patch first.
std::vector<std::string> PyenvPythons(const std::string& root, const std::string& version) {
  std::vector<std::pair<int, std::string>> found;
  const std::string folder = JoinPath(root, "versions");
  for (const std::string& name : RealFileSystem().List(folder).value_or({})) {
    if (!name.starts_with(version + ".")) continue;
    std::string file = JoinPath(folder, name + "/bin/python" + version);
    if (::access(file.c_str(), X_OK) == 0)
      found.emplace_back(std::atoi(name.c_str() + version.size() + 1), std::move(file));
  }
  std::ranges::sort(found, std::greater());
  std::vector<std::string> files;
  for (auto& [patch, file] : found) files.push_back(std::move(file));
  return files;
}

}  // namespace

Result<PythonProbe> ProbePython(const std::string& interpreter) {
  ProcessSpec spec;
  spec.words = {interpreter, "-E", "-s", "-c", kProbeScript};
  spec.environment = CleanPythonEnvironment();
  Result<ProcessOutput> run = RunProcess(std::move(spec), kProbeLimit);
  if (!run.ok()) return FailedPreconditionError(run.status().message());
  const std::string line = LastLine(run->tail);
  if (!run->end.ok()) {
    return FailedPreconditionError(interpreter + " " + Describe(run->end) +
                                   (line.empty() ? "" : ": " + line));
  }
  boost::json::error_code bad;
  const boost::json::value told = boost::json::parse(line, bad);
  const auto* fields = !bad ? told.if_object() : nullptr;
  const auto text = [fields](const char* key) {
    const boost::json::value* value = fields != nullptr ? fields->if_contains(key) : nullptr;
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
  };
  PythonProbe probe;
  probe.executable = text("executable");
  probe.version = text("version");
  if (probe.executable.empty() || probe.version.empty())
    return FailedPreconditionError(interpreter + " does not answer as Python does");
  if (const auto* builds = fields->if_contains("builds"); builds != nullptr && builds->is_bool())
    probe.makes_environments = builds->get_bool();
  if (const auto* site = fields->if_contains("site"); site != nullptr && site->is_array()) {
    for (const boost::json::value& folder : site->get_array()) {
      if (folder.is_string()) probe.site_packages.emplace_back(folder.get_string());
    }
  }
  return probe;
}

std::vector<std::string> FindOnPath(const std::string& name, const std::string& path) {
  std::vector<std::string> found;
  if (name.find('/') != std::string::npos) {
    if (::access(name.c_str(), X_OK) == 0) found.push_back(name);
    return found;
  }
  std::size_t start = 0;
  while (start <= path.size()) {
    const std::size_t end = std::min(path.find(':', start), path.size());
    const std::string folder = path.substr(start, end - start);
    start = end + 1;
    // A relative folder would mean another program from another working folder.
    if (folder.empty() || folder.front() != '/') continue;
    std::string file = JoinPath(folder, name);
    if (::access(file.c_str(), X_OK) == 0 &&
        std::find(found.begin(), found.end(), file) == found.end()) {
      found.push_back(std::move(file));
    }
  }
  return found;
}

std::vector<std::string> PythonCandidates(const std::string& version, const PythonPlaces& places) {
  std::vector<std::string> candidates;
  const auto add = [&candidates](std::string file) {
    if (std::ranges::find(candidates, file) == candidates.end())
      candidates.push_back(std::move(file));
  };
  const auto add_pyenv = [&](const std::string& root) {
    if (!root.starts_with('/')) return;
    for (std::string& file : PyenvPythons(root, version)) add(std::move(file));
  };
  const std::string everywhere = places.path + ":/usr/local/bin:/usr/bin";
  for (const std::string& name : {"python" + version, std::string("python") + version[0]}) {
    for (std::string& file : FindOnPath(name, everywhere)) {
      if (const std::string folder = ParentPath(file); folder.ends_with("/shims")) {
        add_pyenv(ParentPath(folder));
      } else {
        add(std::move(file));
      }
    }
  }
  add_pyenv(places.pyenv_root);
  if (!places.home.empty()) add_pyenv(JoinPath(places.home, ".pyenv"));
  return candidates;
}

std::string MajorMinor(const std::string& version) {
  const std::size_t dot = version.find('.');
  return dot == std::string::npos ? version : version.substr(0, version.find('.', dot + 1));
}

std::vector<std::pair<std::string, std::string>> CleanPythonEnvironment() {
  std::vector<std::pair<std::string, std::string>> clean;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string_view::npos) continue;
    if (!IsStray(text.substr(0, equals)))
      clean.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return clean;
}

}  // namespace mlengine::runtimes
