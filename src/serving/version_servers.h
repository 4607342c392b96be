// VersionServers: the processes of one version. The first starts with the first request (or when
// the version is made), and again after it died, ever later when it dies again and again; more come
// and go as the load has it. Thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "serving/figures.h"
#include "serving/loader.h"
#include "serving/server_process.h"

namespace mlengine::serving {

struct VersionServersOptions {
  std::string log_folder;  // of the processes' own words; made when missing
  // The words that start a server for that version; the first is the program. FAILED_PRECONDITION
  // when no runtime here can serve it.
  std::function<Result<std::vector<std::string>>(const ServedVersion&)> words_of = {};
  // Before each start: RESOURCE_EXHAUSTED when there can be no further process.
  std::function<Status()> make_room = {};
  std::chrono::milliseconds load_timeout{600'000};
  std::chrono::milliseconds first_backoff{500};  // doubled with each death, to the one below
  std::chrono::milliseconds longest_backoff{30'000};
};

class VersionServers final {
 public:
  using Server = std::shared_ptr<ServerProcess>;

  // `figures` outlives it.
  VersionServers(VersionServersOptions options, FigureKeeper& figures);

  // The one with the fewest requests; started when there is none, which one thread does and others
  // wait for. UNAVAILABLE when the last ones died and it is too early for another;
  // INVALID_ARGUMENT and others in the loader's words when the model does not load. Earlier deaths
  // do not count with `despite_deaths`.
  Result<Server> Acquire(const ServedVersion& version, bool despite_deaths);
  // One more. The errors of Acquire.
  Status Grow(const ServedVersion& version);
  // One less, when there is more than one; the requests that it works on are answered first.
  void Shrink();
  // It has answered: earlier deaths are forgotten.
  void Answered();
  // Ends all at once.
  void Kill();
  // Ends none that works; the others with their last user.
  void Release();

  // Counts those that died and lets go of them; without effect while one starts.
  void TakeOutDead();

  std::vector<Server> Running() const;  // those that are alive

 private:
  void CountDead();
  Status WarmUpServer(const ServedVersion& version, ServerProcess& server) const;
  Result<Server> Start(const ServedVersion& version);
  Server LeastBusy() const;

  const VersionServersOptions options_;
  FigureKeeper& figures_;

  std::mutex start_mutex_;  // held while a process starts; taken before the one below
  std::chrono::steady_clock::time_point may_start_{};  // guarded by start_mutex_, as the one below
  int deaths_ = 0;                                     // since one last answered

  mutable std::mutex mutex_;
  std::vector<Server> servers_;  // guarded by mutex_
};

}  // namespace mlengine::serving
