#include "ml_api/routes.h"

#include <algorithm>
#include <optional>

#include "ml_api/job_calls.h"
#include "ml_api/jobs_handler.h"
#include "ml_api/later_methods.h"
#include "ml_api/locations_handler.h"
#include "ml_api/models_handler.h"
#include "ml_api/prediction_handler.h"
#include "ml_api/project_handler.h"
#include "policy/version_number.h"

namespace mlengine::ml_api {
namespace {

policy::PythonVersionsOf PythonVersionsIn(const policy::RuntimeCatalog& catalog) {
  return [&catalog](const std::string& name) -> std::optional<std::vector<std::string>> {
    // A version of the original keeps its Python versions even where this catalog has it on
    // another.
    std::vector<std::string> known = policy::RuntimeCatalog::PythonVersionsOfOriginal(name);
    const policy::RuntimeVersion* version = catalog.Find(name);
    if (version == nullptr) return known.empty() ? std::nullopt : std::optional(known);
    if (version->python_versions.empty()) return version->python_versions;
    for (const std::string& python : version->python_versions) {
      if (std::find(known.begin(), known.end(), python) == known.end()) known.push_back(python);
    }
    return known;
  };
}

ModelDeps ModelDepsOf(const MlDeps& deps) {
  std::string runtime =
      deps.default_runtime.empty() ? deps.runtimes->DefaultName() : deps.default_runtime;
  // Clients take a version's runtime for a number.
  if (!policy::ParseVersionNumber(runtime)) runtime.clear();
  return {deps.models,   deps.store,        deps.clock,       PythonVersionsIn(*deps.runtimes),
          deps.regions,  runtime,           deps.accept_work, deps.check_deployment,
          deps.last_use, deps.answer_within};
}

JobDeps JobDepsOf(MlDeps deps) {
  return {deps.store,
          deps.clock,
          PythonVersionsIn(*deps.runtimes),
          std::move(deps.accept_work),
          std::move(deps.check_package),
          deps.prices,
          std::move(deps.check_quota),
          std::move(deps.plan_quota),
          std::move(deps.regions),
          std::move(deps.resolve_prediction),
          std::move(deps.prediction_counts)};
}

}  // namespace

NewJobCheck CheckOfNewJobs(MlDeps deps) {
  return [jobs = JobDepsOf(std::move(deps))](const std::string& project, const ml::v1::Job& job,
                                             int unstaged) {
    return TryCreateJob(jobs, project, job, unstaged);
  };
}

void RegisterMl(net::Router& router, MlDeps deps) {
  RegisterProject(router);
  RegisterLocations(router, deps.regions, deps.has_gpus);
  const ModelDeps models = ModelDepsOf(deps);
  RegisterPrediction(router, *deps.models, deps.predict);
  RegisterJobs(router, JobDepsOf(std::move(deps)));
  RegisterModels(router, models);
  RegisterOperations(router, models);
  RegisterIam(router, models);
  RegisterLaterMethods(router);
}

}  // namespace mlengine::ml_api
