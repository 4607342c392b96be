// VersionWorker: does what the operations of versions ask for, one after the other: copies the
// files of a new version and loads it, takes a deleted one out of use. Level-triggered: what it
// works on are the store's open operations, so that a restart goes on where the last server was;
// a half-made copy is made again.
//
// It owns DATA/models. One thread, which it starts; the store's feed wakes it.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/file_system.h"
#include "objects/object_store.h"
#include "serving/deployment.h"
#include "serving/loader.h"
#include "store/model_store.h"

namespace mlengine::serving {

struct WorkerParts {
  store::ModelStore& store;  // all outlive the worker
  objects::ObjectStore& objects;
  Loader& loader;
  FileSystem& files;
  const Clock& clock;
};

struct WorkerOptions {
  std::string folder;  // DATA/models, absolute
  DeploymentLimits limits = {};
  // Not OK: so many bytes cannot be written now. Or unset.
  std::function<Status(std::uint64_t bytes)> accept_bytes = {};
  // Of one project; the oldest that are done go.
  int kept_operations = 1000;
};

class VersionWorker final {
 public:
  VersionWorker(const WorkerParts& parts, WorkerOptions options);
  ~VersionWorker();

  void Start();
  // The operation under way stays open, for the next server.
  void Stop();

  // What the thread does, for tests without one: brings folder and store together once, and works
  // on every open operation.
  Status Sweep();
  Status RunOpen();

 private:
  struct Task;
  void Run();
  bool WaitForWork();
  Status Perform(const store::StoredResource& operation);
  Status CreateVersion(const Task& task);
  Status DeleteVersion(const Task& task);
  Result<engine::v1::VersionRecord> Make(const Task& task,
                                         const engine::v1::VersionRecord& version);
  Status GoOn(const Task& task);
  Status Begin(const Task& task);
  Status FinishCreated(const Task& task, const engine::v1::VersionRecord& made);
  Status FinishFailed(const Task& task, const Status& why);
  Status Fail(const store::StoredResource& version, const std::string& why);
  Status Prune();
  std::string FolderOf(const Task& task, const std::string& name) const;

  const WorkerParts parts_;
  const WorkerOptions options_;
  std::int64_t subscription_ = 0;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool has_work_ = true;  // guarded by mutex_, as the two below
  bool stopping_ = false;
  std::set<std::string> touched_;  // projects whose operations changed
  std::thread thread_;
};

}  // namespace mlengine::serving
