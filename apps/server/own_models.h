// The models of this server: their store, what makes their versions ready, the worker between the
// two, and the processes that answer for them.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "data_folder.h"
#include "engine_api/serving_handler.h"
#include "logs/log_store.h"
#include "ml_api/served_version.h"
#include "objects/object_store.h"
#include "options.h"
#include "quotas/quota_file.h"
#include "runtimes/runtime_store.h"
#include "serving/file_loader.h"
#include "serving/last_uses.h"
#include "serving/memory_admission.h"
#include "serving/model_servers.h"
#include "serving/request_log.h"
#include "serving/serving_loader.h"
#include "serving/version_logs.h"
#include "serving/version_worker.h"
#include "store/model_store.h"
#include "telemetry/metrics.h"
#include "upkeep/disk_watch.h"

namespace mlengine::server {

struct OwnModelsParts {
  const Options& options;  // all outlive the models
  const DataFolder& data;
  objects::ObjectStore& objects;
  upkeep::DiskWatch& disk;
  const Clock& clock;
  runtimes::RuntimeStore& runtimes;
  telemetry::Metrics& metrics;
  quotas::QuotaFile& quotas;
  logs::LogStore& logs;
};

class OwnModels {
 public:
  // In state.db of the folder, which the job store has opened; its worker runs until the models go,
  // and what is under way then goes on at the next start. The errors of OpenSqliteModelStore.
  static Result<std::unique_ptr<OwnModels>> Open(const OwnModelsParts& parts);

  ~OwnModels();

  store::ModelStore& store() { return *store_; }
  // Whether the files of a new version can be taken; the status is the answer to its creation.
  Status CheckDeployment(const std::string& project, const ml::v1::Version& version);
  // The answer of a version that is READY to the body of a request.
  Result<std::string> Predict(const std::string& project, const std::string& model,
                              const ml_api::ServedVersion& version, std::string_view body);
  // When a version was last asked to predict.
  std::optional<Time> LastUse(const store::StoredResource& version) const;
  // The logs that models asked for.
  serving::VersionLogs& version_logs() { return version_logs_; }
  // For the door of settings and figures.
  engine_api::ServingDeps ServingDepsOf();

 private:
  explicit OwnModels(const OwnModelsParts& parts);
  std::string FolderOf(const std::string& project, const std::string& model,
                       const std::string& folder) const;
  std::string FolderOf(const store::StoredResource& version) const;
  std::vector<serving::ServedVersion> Kept();
  std::vector<serving::ConsoleFile> Consoles();
  serving::ServingMemory MemoryNow() const;
  void SaveUses(const std::set<std::string>& folders);

  const OwnModelsParts parts_;
  std::unique_ptr<store::ModelStore> store_;
  serving::FileLoader file_loader_;
  serving::RequestLog request_log_;
  serving::LastUses last_uses_;
  serving::VersionLogs version_logs_;
  std::chrono::steady_clock::time_point saved_uses_{};  // of the watcher alone
  std::atomic<bool> open_ = false;                      // the store is there
  serving::ModelServers servers_;
  serving::ServingLoader loader_{file_loader_, servers_};
  std::unique_ptr<serving::VersionWorker> worker_;  // last: it uses what is above
};

}  // namespace mlengine::server
