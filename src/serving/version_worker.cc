#include "serving/version_worker.h"

#include <chrono>
#include <utility>

#include "base/log.h"
#include "serving/deployment_copy.h"
#include "serving/operation_end.h"
#include "serving/pickle_file.h"
#include "store/resource_view.h"

namespace mlengine::serving {
namespace {

using engine::v1::VersionRecord;
using ml::v1::OperationMetadata;
using ml::v1::Version;

constexpr std::chrono::seconds kRetryAfter{1};
// How old the answer may be to whether an operation was cancelled.
constexpr std::chrono::milliseconds kCancelLook{100};
constexpr std::uint64_t kPickleHead = 4U << 20;

bool IsStopped(const Status& status) {
  return status.code() == StatusCode::kUnavailable && status.message() == "the server stops";
}

}  // namespace

struct VersionWorker::Task {
  store::ResourceKey operation;
  std::string project;
  std::string model;
  std::string version;
  OperationMetadata::Type type = OperationMetadata::OPERATION_TYPE_UNSPECIFIED;
  mutable std::chrono::steady_clock::time_point looked = {};

  store::ResourceKey version_key() const { return store::VersionKey(project, model, version); }
};

VersionWorker::VersionWorker(const WorkerParts& parts, WorkerOptions options)
    : parts_(parts), options_(std::move(options)) {
  subscription_ = parts_.store.Subscribe([this](const store::ResourceKey& key) {
    if (key.kind != store::ResourceKind::kOperation) return;
    {
      const std::lock_guard lock(mutex_);
      has_work_ = true;
      touched_.insert(key.project);
    }
    wake_.notify_one();
  });
}

VersionWorker::~VersionWorker() {
  parts_.store.Unsubscribe(subscription_);
  Stop();
}

void VersionWorker::Start() {
  thread_ = std::thread([this] { Run(); });
}

void VersionWorker::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void VersionWorker::Run() {
  if (const Status swept = Sweep(); !swept.ok())
    Log(LogLevel::kWarning, "the folder of models", {{"error", swept.ToString()}});
  while (WaitForWork()) {
    Status status = RunOpen();
    if (status.ok()) status = Prune();
    if (status.ok() || IsStopped(status)) continue;
    Log(LogLevel::kWarning, "operations of versions wait", {{"error", status.ToString()}});
    std::unique_lock lock(mutex_);
    has_work_ = true;
    wake_.wait_for(lock, kRetryAfter, [this] { return stopping_; });
  }
}

bool VersionWorker::WaitForWork() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || has_work_; });
  has_work_ = false;
  return !stopping_;
}

Status VersionWorker::RunOpen() {
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<store::StoredResource> open,
                            parts_.store.ListOpenOperations());
  for (const store::StoredResource& operation : open) MLENGINE_RETURN_IF_ERROR(Perform(operation));
  return OkStatus();
}

// An error only when the store could not be written, or the server stops.
Status VersionWorker::Perform(const store::StoredResource& operation) {
  const engine::v1::OperationRecord& record = operation.record.operation();
  const Task task{operation.key, operation.key.project, record.model(), record.version(),
                  record.metadata().operation_type()};
  MLENGINE_RETURN_IF_ERROR(Begin(task));
  if (task.type == OperationMetadata::CREATE_VERSION) return CreateVersion(task);
  if (task.type == OperationMetadata::DELETE_VERSION) return DeleteVersion(task);
  return FinishFailed(task, UnimplementedError("This engine does not know such an operation."));
}

Status VersionWorker::Begin(const Task& task) {
  return parts_.store.Change([&](store::ModelTransaction& change) {
    MLENGINE_ASSIGN_OR_RETURN(store::StoredResource operation, change.Get(task.operation));
    OperationMetadata& metadata = *operation.record.mutable_operation()->mutable_metadata();
    if (!metadata.has_start_time())
      *metadata.mutable_start_time() = store::MillisecondsOf(parts_.clock.Now());
    return change.Put(task.operation, operation.record);
  });
}

// Not OK: the server stops, or the operation is to be cancelled.
Status VersionWorker::GoOn(const Task& task) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return UnavailableError("the server stops");
  }
  const auto now = std::chrono::steady_clock::now();
  if (now - task.looked < kCancelLook) return OkStatus();
  task.looked = now;
  MLENGINE_ASSIGN_OR_RETURN(const store::StoredResource operation,
                            parts_.store.Get(task.operation));
  if (operation.record.operation().metadata().is_cancellation_requested())
    return CancelledError("The operation was cancelled.");
  return OkStatus();
}

Status VersionWorker::CreateVersion(const Task& task) {
  const Result<store::StoredResource> version = parts_.store.Get(task.version_key());
  if (!version.ok()) return FinishFailed(task, version.status());
  const VersionRecord& record = version->record.version();
  const Result<VersionRecord> made = Make(task, record);
  if (made.ok()) return FinishCreated(task, *made);
  if (IsStopped(made.status())) return made.status();
  static_cast<void>(parts_.files.RemoveTree(FolderOf(task, record.folder())));
  static_cast<void>(parts_.files.RemoveTree(FolderOf(task, record.folder() + ".partial")));
  return FinishFailed(task, made.status());
}

Result<VersionRecord> VersionWorker::Make(const Task& task, const VersionRecord& version) {
  FileSystem& files = parts_.files;
  MLENGINE_RETURN_IF_ERROR(GoOn(task));
  MLENGINE_ASSIGN_OR_RETURN(const Deployment deployment,
                            ListDeployment(parts_.objects, version.version(), options_.limits));
  MLENGINE_ASSIGN_OR_RETURN(const Version::Framework framework,
                            FrameworkOf(version.version(), deployment));
  if (options_.accept_bytes) MLENGINE_RETURN_IF_ERROR(options_.accept_bytes(deployment.bytes));

  const std::string folder = FolderOf(task, version.folder());
  const std::string partial = folder + ".partial";
  for (const std::string& old : {folder, partial}) MLENGINE_RETURN_IF_ERROR(files.RemoveTree(old));
  MLENGINE_RETURN_IF_ERROR(files.MakeDirectories(ParentPath(folder)));
  MLENGINE_RETURN_IF_ERROR(CopyDeployment(parts_.objects, deployment, partial, files,
                                          [this, &task] { return GoOn(task); }));
  MLENGINE_RETURN_IF_ERROR(files.Rename(partial, folder));

  VersionRecord made = version;
  made.set_files(static_cast<std::int64_t>(deployment.files.size()));
  made.set_bytes(static_cast<std::int64_t>(deployment.bytes));
  made.mutable_version()->set_framework(framework);
  if (framework == Version::SCIKIT_LEARN &&
      version.version().framework() == Version::FRAMEWORK_UNSPECIFIED) {
    for (const char* name : {"model/model.joblib", "model/model.pkl"}) {
      const Result<std::string> head = files.ReadAt(JoinPath(folder, name), 0, kPickleHead);
      if (head.ok()) made.mutable_version()->set_framework(FrameworkInPickle(*head));
    }
  }
  Status loaded = parts_.loader.Load({task.project, task.model, made.version(), folder});
  if (!loaded.ok()) return BadModel(loaded);
  MLENGINE_RETURN_IF_ERROR(GoOn(task));
  return made;
}

Status VersionWorker::FinishCreated(const Task& task, const VersionRecord& made) {
  return parts_.store.Change([&](store::ModelTransaction& change) {
    MLENGINE_ASSIGN_OR_RETURN(store::StoredResource model,
                              change.Get(store::ModelKey(task.project, task.model)));
    MLENGINE_ASSIGN_OR_RETURN(store::StoredResource version, change.Get(task.version_key()));
    VersionRecord& record = *version.record.mutable_version();
    record.set_files(made.files());
    record.set_bytes(made.bytes());
    record.mutable_version()->set_framework(made.version().framework());
    record.mutable_version()->set_state(Version::READY);
    MLENGINE_RETURN_IF_ERROR(change.Put(task.version_key(), version.record));
    const bool first = model.record.model().default_version().empty();
    if (first) {
      model.record.mutable_model()->set_default_version(task.version);
      MLENGINE_RETURN_IF_ERROR(change.Put(model.key, model.record));
    }
    MLENGINE_ASSIGN_OR_RETURN(version, change.Get(task.version_key()));
    return EndOperation(
        change, task.operation, parts_.clock.Now(),
        store::PublicVersion(task.project, task.model, version.record.version(), first,
                             store::ResourceEtag(version.sequence, version.version)));
  });
}

Status VersionWorker::FinishFailed(const Task& task, const Status& why) {
  return parts_.store.Change([&](store::ModelTransaction& change) {
    Result<store::StoredResource> version = change.Get(task.version_key());
    if (version.ok() && task.type == OperationMetadata::CREATE_VERSION) {
      VersionRecord& record = *version->record.mutable_version();
      record.mutable_version()->set_state(Version::FAILED);
      record.mutable_version()->set_error_message(why.message());
      record.clear_folder();
      MLENGINE_RETURN_IF_ERROR(change.Put(task.version_key(), version->record));
    }
    return FailOperation(change, task.operation, parts_.clock.Now(), why);
  });
}

Status VersionWorker::DeleteVersion(const Task& task) {
  const Result<store::StoredResource> version = parts_.store.Get(task.version_key());
  if (version.ok()) {
    const VersionRecord& record = version->record.version();
    parts_.loader.Unload(
        {task.project, task.model, record.version(), FolderOf(task, record.folder())});
  }
  MLENGINE_RETURN_IF_ERROR(parts_.store.Change([&](store::ModelTransaction& change) {
    if (change.Get(task.version_key()).ok())
      MLENGINE_RETURN_IF_ERROR(change.Remove(task.version_key()));
    const store::ResourceKey key = store::ModelKey(task.project, task.model);
    Result<store::StoredResource> model = change.Get(key);
    if (model.ok() && model->record.model().default_version() == task.version) {
      model->record.mutable_model()->clear_default_version();
      MLENGINE_RETURN_IF_ERROR(change.Put(key, model->record));
    }
    return EndOperation(change, task.operation, parts_.clock.Now(), google::protobuf::Empty());
  }));
  // Where this fails, the next start's sweep does it.
  if (version.ok() && !version->record.version().folder().empty()) {
    static_cast<void>(parts_.files.RemoveTree(FolderOf(task, version->record.version().folder())));
  }
  return OkStatus();
}

std::string VersionWorker::FolderOf(const Task& task, const std::string& name) const {
  return JoinPath(options_.folder, store::VersionFolder(task.project, task.model, name));
}

}  // namespace mlengine::serving
