#include "own_models.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "base/file_system.h"
#include "base/log.h"
#include "engine_api/serving_metrics.h"
#include "host.h"
#include "policy/quota_settings.h"
#include "policy/serving_settings.h"
#include "python_workers.h"
#include "runtimes/tensorflow_library.h"
#include "serving/deployment.h"
#include "serving/memory_admission.h"
#include "serving/python_model.h"
#include "store/resource_view.h"
#include "store/sqlite_model_store.h"
#include "wire/codec/error.h"

namespace mlengine::server {

namespace {

constexpr int kMostRunThreads = 8;
constexpr std::chrono::minutes kSaveUsesEvery{1};

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

std::string RegionOf(const ml::v1::Model& model) {
  return model.regions().empty() ? "us-central1" : model.regions(0);
}

// As for the logs of jobs.
auto LogDaysOf(const quotas::QuotaFile& quotas) {
  return [&quotas](const std::string& project) -> std::optional<std::int64_t> {
    const std::int64_t days = policy::LogDays(quotas.Of(project));
    return days == policy::kUnlimited ? std::nullopt : std::optional(days);
  };
}

}  // namespace

OwnModels::OwnModels(const OwnModelsParts& parts)
    : parts_(parts),
      file_loader_(RealFileSystem()),
      request_log_(parts.objects),
      last_uses_(parts.data.Sub("serving/last_use.json"), RealFileSystem()),
      version_logs_(parts.logs, parts.clock,
                    {.data_folder = parts.data.path(),
                     .console_folder = parts.data.Sub("serving"),
                     .consoles = [this] { return Consoles(); },
                     .keep_days = LogDaysOf(parts.quotas)}),
      servers_(
          {.processes = {.log_folder = parts.data.Sub("serving"),
                         .words_of =
                             [this](const serving::ServedVersion& version) {
                               return version.version.framework() == ml::v1::Version::TENSORFLOW
                                          ? ModelServerWords(parts_.runtimes, version)
                                          : WorkerWords({parts_.runtimes, parts_.quotas,
                                                         parts_.data.Sub("cache/overlays"),
                                                         parts_.options.prediction_seconds},
                                                        version);
                             }},
           .deadline = std::chrono::seconds(parts.options.prediction_seconds),
           .idle_after = std::chrono::seconds(parts.options.serving_idle_seconds),
           .slots = RunThreads(),
           .scaling = {.cool_down = std::chrono::seconds(parts.options.serving_cool_down_seconds)},
           .kept = [this] { return Kept(); },
           .fits =
               [this](const serving::ServedVersion& version) {
                 return serving::CheckMemory(
                     serving::MemoryNeed(serving::FolderBytes(JoinPath(version.folder, "model"))),
                     MemoryNow());
               }}) {}

serving::ServingMemory OwnModels::MemoryNow() const {
  const engine_api::MachineState machine = ::mlengine::server::MachineNow();
  serving::ServingMemory memory{.total = static_cast<std::uint64_t>(machine.memory_bytes),
                                .available = static_cast<std::uint64_t>(machine.memory_free_bytes),
                                .limit = parts_.options.serving_memory};
  if (memory.limit == 0) return memory;
  const std::vector<serving::ModelServers::VersionView> versions = servers_.Versions();
  for (const auto& version : versions) {
    for (const auto& process : version.processes)
      memory.taken += serving::ResidentBytes(process.pid);
  }
  return memory;
}

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
  models->open_ = true;
  models->version_logs_.Start();
  engine_api::ShowServing(parts.metrics, [one = models.get()] { return one->servers_.Versions(); });
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
  // What never fits is not copied.
  const Status fits = serving::CheckMemory(serving::MemoryNeed(deployment.bytes), MemoryNow());
  if (fits.code() == StatusCode::kFailedPrecondition) {
    return FailedPreconditionError("Field: version.deployment_uri Error: " + fits.message())
        .WithViolations({{"version.deployment_uri", fits.message()}});
  }
  return parts_.disk.AcceptWork(deployment.bytes);
}

std::string OwnModels::FolderOf(const std::string& project, const std::string& model,
                                const std::string& folder) const {
  return JoinPath(parts_.data.Sub("models"), store::VersionFolder(project, model, folder));
}

std::string OwnModels::FolderOf(const store::StoredResource& version) const {
  return FolderOf(version.key.project, version.key.parent, version.record.version().folder());
}

std::optional<Time> OwnModels::LastUse(const store::StoredResource& version) const {
  return last_uses_.Of(FolderOf(version));
}

// The versions that ask for processes also while nobody asks them. When there was time for it,
// writes down when versions were used.
std::vector<serving::ServedVersion> OwnModels::Kept() {
  std::vector<serving::ServedVersion> kept;
  if (!open_) return kept;
  const Result<std::vector<store::StoredResource>> versions = store_->ListVersions();
  if (!versions.ok()) return kept;
  std::set<std::string> folders;
  for (const store::StoredResource& stored : *versions) {
    folders.insert(FolderOf(stored));
    const ml::v1::Version& version = stored.record.version().version();
    if (version.state() != ml::v1::Version::READY || serving::BoundsOf(version, {}).least == 0)
      continue;
    kept.push_back({stored.key.project, stored.key.parent, version, FolderOf(stored)});
  }
  const auto now = std::chrono::steady_clock::now();
  if (now - saved_uses_ < kSaveUsesEvery) return kept;
  saved_uses_ = now;
  SaveUses(folders);
  return kept;
}

// Of the versions whose models want what they print in a log.
std::vector<serving::ConsoleFile> OwnModels::Consoles() {
  std::vector<serving::ConsoleFile> consoles;
  const Result<std::vector<store::StoredResource>> versions = store_->ListVersions();
  if (!versions.ok()) return consoles;
  std::map<store::ResourceKey, Result<store::StoredResource>> models;
  for (const store::StoredResource& stored : *versions) {
    const store::ResourceKey key = store::ModelKey(stored.key.project, stored.key.parent);
    auto known = models.find(key);
    if (known == models.end()) known = models.emplace(key, store_->Get(key)).first;
    if (!known->second.ok()) continue;
    const ml::v1::Model& model = known->second->record.model().model();
    if (!model.online_prediction_console_logging()) continue;
    const std::string& name = stored.record.version().version().name();
    consoles.push_back(
        {{key.project, RegionOf(model), key.name, name},
         JoinPath(parts_.data.Sub("serving"), key.project + "." + key.name + "." + name + ".log")});
  }
  return consoles;
}

void OwnModels::SaveUses(const std::set<std::string>& folders) {
  if (const Status saved = last_uses_.Save(folders); !saved.ok())
    Log(LogLevel::kWarning, "lastUseTime of versions", {{"error", saved.ToString()}});
}

OwnModels::~OwnModels() {
  if (!open_) return;
  open_ = false;
  const Result<std::vector<store::StoredResource>> versions = store_->ListVersions();
  if (!versions.ok()) return;
  std::set<std::string> folders;
  for (const store::StoredResource& stored : *versions) folders.insert(FolderOf(stored));
  SaveUses(folders);
}

Result<std::string> OwnModels::Predict(const std::string& project, const std::string& model,
                                       const ml_api::ServedVersion& version,
                                       std::string_view body) {
  const engine::v1::ServingSettings& settings = version.model->serving();
  const serving::ServedVersion served{project, model, version.version->version(),
                                      FolderOf(project, model, version.version->folder())};
  last_uses_.Note(served.folder, parts_.clock.Now());
  const auto begun = std::chrono::steady_clock::now();
  Result<std::string> answer = servers_.Predict(served, body, !settings.separate_runs());
  if (version.model->model().online_prediction_logging()) {
    version_logs_.AddAccess(
        {project, RegionOf(version.model->model()), model, served.version.name()},
        {.time = parts_.clock.Now(),
         .took = std::chrono::steady_clock::now() - begun,
         .status = answer.ok() ? 200 : wire::HttpStatus(answer.status().code()),
         .refused = answer.ok() && answer->starts_with(R"({"error")"),
         .request_bytes = body.size(),
         .answer_bytes = answer.ok() ? answer->size() : 0});
  }
  if (!answer.ok() || !settings.has_request_logging() ||
      !policy::KeepsRequest(settings.request_logging(), version.number))
    return answer;
  request_log_.Add({.folder = settings.request_logging().folder(),
                    .model = model,
                    .version = version.version->version().name(),
                    .time = parts_.clock.Now(),
                    .took = std::chrono::steady_clock::now() - begun,
                    .request = std::string(body),
                    .response = *answer});
  return answer;
}

engine_api::ServingDeps OwnModels::ServingDepsOf() {
  return {.models = store_.get(),
          .versions = [this] { return servers_.Versions(); },
          .has_bucket = [&objects = parts_.objects](
                            const std::string& bucket) { return objects.GetBucket(bucket).ok(); },
          .folder_of = [this](const store::StoredResource& version) { return FolderOf(version); }};
}

}  // namespace mlengine::server
