#include "engine_api/runtime_handler.h"

#include <boost/json.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "engine_api/answer.h"
#include "engine_api/runtime_installs.h"

namespace mlengine::engine_api {
namespace {

namespace json = boost::json;
using policy::RuntimeVersion;
using runtimes::InstalledRuntime;
using runtimes::RuntimeStore;

net::Response UnknownRuntime(const std::string& name) {
  return ErrorAnswer(NotFoundError(
      "runtime version " + name +
      " is not one that this server has or can install; `mlengine runtimes list` shows those"));
}

std::optional<InstalledRuntime> FindInstalled(const std::vector<InstalledRuntime>& installed,
                                              const std::string& name) {
  for (const InstalledRuntime& runtime : installed) {
    if (runtime.name == name) return runtime;
  }
  return std::nullopt;
}

// INSTALLED; AVAILABLE: `install` builds it; MISSING: its interpreter is not on this machine.
const char* State(const RuntimeVersion& version, bool installed) {
  if (installed) return "INSTALLED";
  return version.interpreter.empty() ? "AVAILABLE" : "MISSING";
}

json::object Shown(const RuntimeVersion& version,
                   const std::optional<InstalledRuntime>& installed) {
  json::object shown{{"name", version.name}, {"state", State(version, installed.has_value())}};
  if (installed) {
    shown["pythonVersion"] = installed->python_version;
  } else if (!version.python_versions.empty() && version.interpreter.empty()) {
    shown["pythonVersion"] = version.python_versions.front();
  }
  if (!version.framework.empty()) shown["framework"] = version.framework;
  if (version.is_default) shown["default"] = true;
  return shown;
}

net::Response List(RuntimeStore& runtimes) {
  const std::vector<InstalledRuntime> installed = runtimes.Installed();
  json::array list;
  for (const RuntimeVersion& version : runtimes.catalog().versions())
    list.push_back(Shown(version, FindInstalled(installed, version.name)));
  return JsonAnswer(json::serialize(json::object{{"runtimes", std::move(list)}}));
}

net::Response Describe(RuntimeStore& runtimes, const std::string& name) {
  const RuntimeVersion* version = runtimes.catalog().Find(name);
  if (version == nullptr) return UnknownRuntime(name);
  const std::optional<InstalledRuntime> installed = FindInstalled(runtimes.Installed(), name);
  json::object shown = Shown(*version, installed);
  if (installed) {
    shown["interpreter"] = installed->interpreter;
    shown["digest"] = installed->digest;
  } else if (!version->interpreter.empty()) {
    shown["interpreter"] = version->interpreter;
  }
  if (!version->requirements.empty()) {
    json::array requirements;
    for (const std::string& requirement : version->requirements)
      requirements.emplace_back(requirement);
    shown["requirements"] = std::move(requirements);
  }
  return JsonAnswer(json::serialize(shown));
}

}  // namespace

void RegisterRuntimes(net::Router& router, RuntimeStore& runtimes) {
  router.Handle("GET", "/mlengine/v1/runtimes",
                [&runtimes](net::Request&) { return List(runtimes); });
  router.Handle("GET", "/mlengine/v1/runtimes/{name}", [&runtimes](net::Request& request) {
    return Describe(runtimes, request.path_values.at(0));
  });
  // Held by the route: installations end with the router, before `runtimes` does.
  const auto installs = std::make_shared<RuntimeInstalls>(runtimes);
  router.Handle("POST", "/mlengine/v1/runtimes/{name}:install",
                [&runtimes, installs](net::Request& request) {
                  const std::string& name = request.path_values.at(0);
                  if (runtimes.catalog().Find(name) == nullptr) return UnknownRuntime(name);
                  net::Response response;
                  response.headers.Add("Content-Type", "application/x-ndjson");
                  response.stream = installs->Start(name);
                  return response;
                });
}

}  // namespace mlengine::engine_api
