// ModelServers: the model servers of this engine, one process for each version in use. A version's
// process starts with its first request (or when the version is made), is started again after it
// died, ever later when it dies again and again, and ends when nobody asked it for a while.
// Thread-safe. One thread of its own looks after them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.h"
#include "serving/loader.h"
#include "serving/server_process.h"

namespace mlengine::serving {

struct ModelServerOptions {
  std::string log_folder;  // DATA/logs-like folder of the processes' own words; made when missing
  // The words that start a server for that version; the first is the program. FAILED_PRECONDITION
  // when no runtime here can serve it.
  std::function<Result<std::vector<std::string>>(const ServedVersion&)> words_of;
  std::chrono::milliseconds deadline{60'000};     // of one request
  std::chrono::milliseconds idle_after{900'000};  // without a request
  std::chrono::milliseconds load_timeout{600'000};
  std::chrono::milliseconds first_backoff{500};  // doubled with each death, to the one below
  std::chrono::milliseconds longest_backoff{30'000};
  std::chrono::milliseconds look_every{5'000};  // for idle ones and those that have stopped
  std::size_t most_servers = 8;
  int most_requests = 32;  // of one version at once, those that wait for its start included
  int most_together = 40;  // of all versions
};

class ModelServers final {
 public:
  explicit ModelServers(ModelServerOptions options);
  ~ModelServers();  // ends all processes

  // Starts the version's process when it has none, without regard to earlier deaths.
  Status Load(const ServedVersion& version);
  // Ends it.
  void Unload(const ServedVersion& version);
  // The answer to a request's body (predictor.h). RESOURCE_EXHAUSTED when too many are under way,
  // UNAVAILABLE when the process died under it or may not be started again yet, DEADLINE_EXCEEDED,
  // FAILED_PRECONDITION when the model does not load.
  Result<std::string> Predict(const ServedVersion& version, std::string_view body);

  struct Figures {
    std::string folder;  // of the version
    pid_t pid = 0;
    int requests = 0;  // under way
  };
  std::vector<Figures> Running() const;

 private:
  struct Entry;
  class Admission;
  using Server = std::shared_ptr<ServerProcess>;
  std::shared_ptr<Entry> EntryOf(const std::string& folder);
  Result<Server> Acquire(const ServedVersion& version, Entry& entry, bool despite_deaths);
  Result<Server> StartServer(const ServedVersion& version, Entry& entry);
  Status MakeRoom(const Entry& starting);
  void Watch();
  void LookAfter(Entry& entry);

  const ModelServerOptions options_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::string, std::shared_ptr<Entry>> entries_;  // by folder; guarded by mutex_
  int together_ = 0;                                       // guarded by mutex_, as below
  bool stopping_ = false;
  std::thread watcher_;  // last
};

}  // namespace mlengine::serving
