#include "engine_api/runtime_users.h"

#include "base/log.h"
#include "policy/job_work.h"
#include "policy/runtime_catalog.h"

namespace mlengine::engine_api {
namespace {

// The runtime that a job runs on, or would if what it asks for stays.
std::string RuntimeOf(const RuntimeDeps& deps, const store::JobRecord& record) {
  if (!record.runtime_name().empty()) return record.runtime_name();
  const std::string& asked = policy::WorkOf(record).runtime_version();
  if (!asked.empty()) return asked;
  return deps.default_runtime.empty() ? deps.runtimes->catalog().DefaultName()
                                      : deps.default_runtime;
}

std::vector<std::string> UsersAmong(const RuntimeDeps& deps,
                                    const std::vector<store::StoredJob>& unfinished,
                                    const std::string& name, const std::string& python_version) {
  std::vector<policy::InstalledVersion> installed;
  for (const runtimes::InstalledRuntime& runtime : deps.runtimes->Installed())
    installed.push_back({runtime.name, runtime.python_version});
  std::vector<std::string> users;
  for (const store::StoredJob& job : unfinished) {
    if (RuntimeOf(deps, job.record) != name) continue;
    const ml::v1::TrainingInput& input = policy::WorkOf(job.record);
    const auto chosen = policy::ChoosePython(
        deps.runtimes->catalog(), installed, name,
        policy::ExpectedPython({input.runtime_version(), input.python_version()}));
    if (!python_version.empty() &&
        (!chosen || !installed[*chosen].python_version.starts_with(python_version + ".")))
      continue;
    users.push_back(job.record.project() + "/" + job.record.job().job_id());
  }
  return users;
}

}  // namespace

Result<std::vector<std::string>> JobsThatNeed(const RuntimeDeps& deps, const std::string& name,
                                              const std::string& python_version) {
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<store::StoredJob> unfinished,
                            deps.jobs->ListUnfinished());
  return UsersAmong(deps, unfinished, name, python_version);
}

void RemoveSuperseded(const RuntimeDeps& deps) {
  const Result<std::vector<store::StoredJob>> unfinished = deps.jobs->ListUnfinished();
  if (!unfinished.ok()) {
    Log(LogLevel::kWarning, "cannot tell which runtimes are in use",
        {{"status", unfinished.status().ToString()}});
    return;
  }
  for (const policy::RuntimeVersion& version : deps.runtimes->catalog().versions()) {
    if (UsersAmong(deps, *unfinished, version.name, "").empty())
      deps.runtimes->RemoveSuperseded(version.name);
  }
}

}  // namespace mlengine::engine_api
