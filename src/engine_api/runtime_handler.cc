#include "engine_api/runtime_handler.h"

#include <boost/json.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "engine_api/answer.h"
#include "engine_api/runtime_installs.h"

namespace mlengine::engine_api {
namespace {

namespace json = boost::json;
using policy::RuntimeVersion;
using runtimes::InstalledRuntime;
using runtimes::RuntimeOutlook;
using runtimes::RuntimeStore;

net::Response UnknownRuntime(const std::string& name) {
  return ErrorAnswer(NotFoundError(
      "runtime version " + name +
      " is not one that this server has or can install; `mlengine runtimes list` shows those"));
}

// Those with that name, each with another Python.
std::vector<InstalledRuntime> Environments(const std::vector<InstalledRuntime>& installed,
                                           const std::string& name) {
  std::vector<InstalledRuntime> found;
  for (const InstalledRuntime& runtime : installed) {
    if (runtime.name == name) found.push_back(runtime);
  }
  return found;
}

// INSTALLED; AVAILABLE: `install` builds it; MISSING: no fitting interpreter is on this machine;
// UNAVAILABLE: it can be built no more.
const char* Text(RuntimeOutlook::State state) {
  switch (state) {
    case RuntimeOutlook::State::kInstalled:
      return "INSTALLED";
    case RuntimeOutlook::State::kAvailable:
      return "AVAILABLE";
    case RuntimeOutlook::State::kMissing:
      return "MISSING";
    case RuntimeOutlook::State::kUnavailable:
      break;
  }
  return "UNAVAILABLE";
}

// pythonVersions: of the environments; of the interpreter that an installation would take; or,
// where there is none, those that would do.
json::object Shown(RuntimeStore& runtimes, const RuntimeVersion& version,
                   const std::vector<InstalledRuntime>& environments) {
  const RuntimeOutlook outlook = runtimes.Outlook(version);
  json::object shown{{"name", version.name}, {"state", Text(outlook.state)}};
  json::array pythons;
  for (const InstalledRuntime& environment : environments)
    pythons.emplace_back(environment.python_version);
  if (pythons.empty() && !outlook.python_version.empty())
    pythons.emplace_back(outlook.python_version);
  if (pythons.empty() && version.interpreter.empty()) {
    for (const std::string& python : version.python_versions) pythons.emplace_back(python);
  }
  if (!pythons.empty()) shown["pythonVersions"] = std::move(pythons);
  if (!version.framework.empty()) shown["framework"] = version.framework;
  if (!version.released.empty()) shown["released"] = version.released;
  if (version.released_derived) shown["releasedDerived"] = true;
  if (version.is_default) shown["default"] = true;
  if (!outlook.reason.empty()) shown["reason"] = outlook.reason;
  return shown;
}

net::Response List(RuntimeStore& runtimes) {
  const std::vector<InstalledRuntime> installed = runtimes.Installed();
  json::array list;
  for (const RuntimeVersion& version : runtimes.catalog().versions())
    list.push_back(Shown(runtimes, version, Environments(installed, version.name)));
  return JsonAnswer(json::serialize(json::object{{"runtimes", std::move(list)}}));
}

void AddList(json::object& shown, const char* key, const std::vector<std::string>& texts) {
  json::array list;
  for (const std::string& text : texts) list.emplace_back(text);
  if (!list.empty()) shown[key] = std::move(list);
}

net::Response Describe(RuntimeStore& runtimes, const std::string& name) {
  const RuntimeVersion* version = runtimes.catalog().Find(name);
  if (version == nullptr) return UnknownRuntime(name);
  const std::vector<InstalledRuntime> environments = Environments(runtimes.Installed(), name);
  json::object shown = Shown(runtimes, *version, environments);
  // Those of the environment that runs a job which names no Python.
  if (!environments.empty()) {
    shown["interpreter"] = environments.front().interpreter;
    shown["digest"] = environments.front().digest;
  } else if (!version->interpreter.empty()) {
    shown["interpreter"] = version->interpreter;
  }
  if (environments.size() > 1) {
    json::array list;
    for (const InstalledRuntime& one : environments) {
      list.push_back(json::object{{"pythonVersion", one.python_version},
                                  {"interpreter", one.interpreter},
                                  {"digest", one.digest}});
    }
    shown["environments"] = std::move(list);
  }
  AddList(shown, "fittingPythons", version->python_versions);
  AddList(shown, "requirements", version->requirements);
  AddList(shown, "derivedRequirements", version->derived);
  AddList(shown, "installer", version->installer);
  AddList(shown, "provides", version->provides);
  return JsonAnswer(json::serialize(shown));
}

std::string PythonAsked(const net::Request& request) {
  return std::string(request.Query("pythonVersion").value_or(""));
}

net::Response Uninstall(const RuntimeDeps& deps, const net::Request& request) {
  const std::string& name = request.path_values.at(0);
  const Result<std::vector<std::string>> users = JobsThatNeed(deps, name, PythonAsked(request));
  if (!users.ok()) return ErrorAnswer(users.status());
  if (!users->empty()) {
    std::string list;
    for (const std::string& user : *users) list += (list.empty() ? "" : ", ") + user;
    return ErrorAnswer(FailedPreconditionError("runtime version " + name +
                                               " is needed by unfinished jobs (" + list +
                                               "); wait until they have ended, or cancel them"));
  }
  const auto removed = deps.runtimes->Uninstall(name, PythonAsked(request));
  if (!removed.ok()) return ErrorAnswer(removed.status());
  RemoveSuperseded(deps);
  json::array pythons;
  for (const InstalledRuntime& runtime : *removed) pythons.emplace_back(runtime.python_version);
  return JsonAnswer(
      json::serialize(json::object{{"name", name}, {"pythonVersions", std::move(pythons)}}));
}

}  // namespace

void RegisterRuntimes(net::Router& router, const RuntimeDeps& deps) {
  RuntimeStore& runtimes = *deps.runtimes;
  router.Handle("GET", "/mlengine/v1/runtimes",
                [&runtimes](net::Request&) { return List(runtimes); });
  router.Handle("GET", "/mlengine/v1/runtimes/{name}", [&runtimes](net::Request& request) {
    return Describe(runtimes, request.path_values.at(0));
  });
  // Held by the route: installations end with the router, before `runtimes` does.
  const auto installs =
      std::make_shared<RuntimeInstalls>(runtimes, [deps] { RemoveSuperseded(deps); });
  router.Handle("POST", "/mlengine/v1/runtimes/{name}:install",
                [&runtimes, installs](net::Request& request) {
                  const std::string& name = request.path_values.at(0);
                  if (runtimes.catalog().Find(name) == nullptr) return UnknownRuntime(name);
                  net::Response response;
                  response.headers.Add("Content-Type", "application/x-ndjson");
                  response.stream = installs->Start(name, PythonAsked(request));
                  return response;
                });
  router.Handle("DELETE", "/mlengine/v1/runtimes/{name}", [deps](net::Request& request) {
    if (deps.runtimes->catalog().Find(request.path_values.at(0)) == nullptr)
      return UnknownRuntime(request.path_values.at(0));
    return Uninstall(deps, request);
  });
}

}  // namespace mlengine::engine_api
