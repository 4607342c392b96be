#include "own_models.h"

#include <algorithm>
#include <filesystem>
#include <thread>

#include "base/file_system.h"
#include "policy/quota_settings.h"
#include "python_workers.h"
#include "runtimes/tensorflow_library.h"
#include "serving/deployment.h"
#include "serving/python_model.h"
#include "store/resource_view.h"
#include "store/sqlite_model_store.h"

namespace mlengine::server {

namespace {

constexpr int kMostRunThreads = 8;

// Runs of a model at once in one process.
int RunThreads() {
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 2, kMostRunThreads);
}

// The library of the version's own runtime, else of the newest that has one: a SavedModel runs on
// every later TensorFlow.
std::string LibraryFor(runtimes::RuntimeStore& runtimes, const std::string& runtime_version) {
  std::string newest;
  const std::vector<runtimes::InstalledRuntime> installed = runtimes.Installed();
  for (const runtimes::InstalledRuntime& runtime : installed) {
    const std::string library =
        runtimes::TensorFlowLibrary(RealFileSystem(), runtime.interpreter, runtime.python_version);
    if (library.empty()) continue;
    if (runtime.name == runtime_version) return library;
    newest = library;
  }
  return newest;
}

Result<std::vector<std::string>> ModelServerWords(runtimes::RuntimeStore& runtimes,
                                                  const serving::ServedVersion& version) {
  const std::string library = LibraryFor(runtimes, version.version.runtime_version());
  if (library.empty()) {
    return FailedPreconditionError(
        "No runtime version with TensorFlow 2.12 or later is installed on this machine, so this "
        "version cannot answer. Install one: mlengine runtimes install 2.19");
  }
  const std::string own_folder =
      std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
  return std::vector<std::string>{JoinPath(own_folder, "mlengine-model-server"),
                                  "--library",
                                  library,
                                  "--model-dir",
                                  JoinPath(version.folder, "model"),
                                  "--run-threads",
                                  std::to_string(RunThreads())};
}

}  // namespace

OwnModels::OwnModels(const OwnModelsParts& parts)
    : parts_(parts),
      file_loader_(RealFileSystem()),
      servers_({.processes = {.log_folder = parts.data.Sub("serving"),
                              .words_of =
                                  [this](const serving::ServedVersion& version) {
                                    return version.version.framework() ==
                                                   ml::v1::Version::TENSORFLOW
                                               ? ModelServerWords(parts_.runtimes, version)
                                               : WorkerWords({parts_.runtimes, parts_.quotas,
                                                              parts_.data.Sub("cache/overlays")},
                                                             version);
                                  }},
                .slots = RunThreads()}) {}

Result<std::unique_ptr<OwnModels>> OwnModels::Open(const OwnModelsParts& parts) {
  std::unique_ptr<OwnModels> models(new OwnModels(parts));
  MLENGINE_ASSIGN_OR_RETURN(
      models->store_,
      store::OpenSqliteModelStore(parts.data.Sub("state.db"),
                                  {.make_room = [&disk = parts.disk] { return disk.MakeRoom(); },
                                   .program = "mlengine " MLENGINE_VERSION}));
  models->worker_ = std::make_unique<serving::VersionWorker>(
      serving::WorkerParts{*models->store_, parts.objects, models->loader_, RealFileSystem(),
                           parts.clock},
      serving::WorkerOptions{.folder = parts.data.Sub("models"),
                             .accept_bytes = [&disk = parts.disk](std::uint64_t bytes) {
                               return disk.AcceptWork(bytes);
                             }});
  models->worker_->Start();
  return models;
}

Status OwnModels::CheckDeployment(const std::string& project, const ml::v1::Version& version) {
  MLENGINE_ASSIGN_OR_RETURN(const serving::Deployment deployment,
                            serving::ListDeployment(parts_.objects, version));
  ml::v1::Version complete = version;
  MLENGINE_ASSIGN_OR_RETURN(const auto framework, serving::FrameworkOf(version, deployment));
  complete.set_framework(framework);
  if (!policy::AllowsPythonModels(parts_.quotas.Of(project))) {
    MLENGINE_RETURN_IF_ERROR(
        serving::CheckCodeAllowed(project, complete, [&deployment](std::string_view name) {
          return std::ranges::any_of(deployment.files, [name](const serving::DeploymentFile& file) {
            return file.path == "model/" + std::string(name);
          });
        }));
  }
  return parts_.disk.AcceptWork(deployment.bytes);
}

Result<std::string> OwnModels::Predict(const std::string& project, const std::string& model,
                                       const engine::v1::VersionRecord& version,
                                       std::string_view body) {
  const std::string folder =
      JoinPath(parts_.data.Sub("models"), store::VersionFolder(project, model, version.folder()));
  return servers_.Predict({project, model, version.version(), folder}, body);
}

}  // namespace mlengine::server
