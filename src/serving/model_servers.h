// ModelServers: the gateway of online prediction. For each version in use it has one or more
// processes, a batcher in front of them and the figures of what became of its requests. It admits
// requests, has processes come and go with the load, and ends those that have stopped or that
// nobody asked for a while. Thread-safe. One thread of its own looks after all.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "serving/figures.h"
#include "serving/loader.h"
#include "serving/scaling.h"
#include "serving/version_in_use.h"
#include "serving/version_servers.h"

namespace mlengine::serving {

struct ModelServerOptions {
  VersionServersOptions processes;                // make_room is set by the servers
  std::chrono::milliseconds deadline{60'000};     // of one request
  std::chrono::milliseconds idle_after{900'000};  // without a request
  std::chrono::milliseconds look_every{1'000};    // for load, idle ones and those that have stopped
  std::size_t most_servers = 8;
  int most_requests = 40;  // of one version at once, those that wait for its start included
  int most_together = 44;  // of all versions
  int slots = 2;           // runs of one process at once
  ScalingRules scaling = {};
  // The versions that are to have processes also when nobody asks. Unset: none. May read disks.
  std::function<std::vector<ServedVersion>()> kept = {};
  // Whether another process of the version may be started, by what it takes of the machine:
  // RESOURCE_EXHAUSTED when not now, FAILED_PRECONDITION when never. Unset: it may.
  std::function<Status(const ServedVersion&)> fits = {};
};

class ModelServers final {
 public:
  explicit ModelServers(ModelServerOptions options);
  ~ModelServers();  // ends all processes

  // Starts the version's process when it has none, without regard to earlier deaths.
  Status Load(const ServedVersion& version);
  // For good: requests under way are answered first, later ones get ABORTED. Then its processes
  // end.
  void Unload(const ServedVersion& version);
  // The answer to a request's body (predictor.h). RESOURCE_EXHAUSTED when too many are under way,
  // UNAVAILABLE when the process died under it or may not be started again yet, DEADLINE_EXCEEDED,
  // FAILED_PRECONDITION when the model does not load, ABORTED when the version was unloaded. With
  // `share` it may share a run of the model with others that wait.
  Result<std::string> Predict(const ServedVersion& version, std::string_view body,
                              bool share = true);

  struct Process {
    pid_t pid = 0;
    std::size_t requests = 0;  // that it works on
  };
  struct VersionView {
    std::string folder;  // of the version
    std::string project;
    std::string model;
    std::string version;
    std::vector<Process> processes;
    int requests = 0;         // under way
    std::size_t waiting = 0;  // of these, for a run
    VersionFigures figures;
  };
  // Those that were asked or loaded since the server started, and not unloaded.
  std::vector<VersionView> Versions() const;

 private:
  class Admission;
  std::shared_ptr<VersionInUse> EntryOf(const ServedVersion& version);
  std::shared_ptr<VersionInUse> NewEntry(const ServedVersion& version);
  Status MakeRoom(const VersionInUse& starting);
  std::size_t CountProcesses() const;
  std::vector<std::shared_ptr<VersionInUse>> Entries() const;
  void Watch();
  void LookForKept();
  void LookAfter(VersionInUse& entry, bool ask_whether_alive);
  void Forget();

  const ModelServerOptions options_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::string, std::shared_ptr<VersionInUse>> entries_;  // by folder; guarded by mutex_
  int together_ = 0;                                              // guarded by mutex_, as below
  bool stopping_ = false;
  std::thread watcher_;  // last
};

}  // namespace mlengine::serving
