// RunnerWatch: one thread that sees when something happened to a runner: a status record was
// replaced, a runner's lock was let go, a runner that this process started ended (it is reaped
// then). Any thread may call.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/process.h"
#include "base/unique_fd.h"

namespace mlengine::executor {

class RunnerWatch {
 public:
  // Where inotify gives no more instances, it looks five times a second; a warning says so.
  static Result<std::unique_ptr<RunnerWatch>> Start();
  ~RunnerWatch();
  RunnerWatch(const RunnerWatch&) = delete;
  RunnerWatch& operator=(const RunnerWatch&) = delete;

  // Called on the watching thread; after this returned, the former hint is called no more.
  void SetHint(std::function<void()> hint);
  // Takes the runner, so that it leaves no zombie.
  void Adopt(ChildProcess runner);
  // Counted per folder. A folder that cannot be watched is not: the hint is only a hint.
  void Watch(const std::string& folder);
  void Unwatch(const std::string& folder);

 private:
  RunnerWatch(UniqueFd wake, UniqueFd folders)
      : wake_(std::move(wake)), folders_(std::move(folders)) {}
  void Loop();
  void Wake();
  bool ReapEnded();
  bool TakeFolderEvents();

  struct Watched {
    int descriptor = -1;
    int count = 0;
  };

  UniqueFd wake_;     // eventfd
  UniqueFd folders_;  // inotify
  std::mutex mutex_;
  std::map<std::string, Watched> watched_;  // guarded by mutex_, as the next two
  std::vector<ChildProcess> runners_;
  bool stopping_ = false;
  std::mutex hint_mutex_;
  std::function<void()> hint_;  // guarded by hint_mutex_
  std::thread thread_;          // last: it uses everything above
};

}  // namespace mlengine::executor
