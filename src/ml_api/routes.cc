#include "ml_api/routes.h"

#include "ml_api/doors.h"

namespace mlengine::ml_api {

void RegisterMl(net::Router& router, MlDeps deps) {
  const policy::RuntimeCatalog* catalog = deps.runtimes;
  // A version of the original keeps its Python versions even where this catalog builds it on
  // another.
  const auto python_versions_of =
      [catalog](const std::string& name) -> std::optional<std::vector<std::string>> {
    std::vector<std::string> known = policy::RuntimeCatalog::PythonVersionsOfOriginal(name);
    const policy::RuntimeVersion* version = catalog->Find(name);
    if (version == nullptr) return known.empty() ? std::nullopt : std::optional(known);
    if (version->python_versions.empty()) return version->python_versions;
    known.insert(known.end(), version->python_versions.begin(), version->python_versions.end());
    return known;
  };
  RegisterDoors(router, {deps.store, deps.clock, python_versions_of, std::move(deps.accept_work),
                         std::move(deps.check_package)});
}

}  // namespace mlengine::ml_api
