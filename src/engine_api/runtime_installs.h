// RuntimeInstalls: the installations of runtimes under way, each on a thread of its own, so that a
// client which goes away does not stop one and one that comes later reads the same lines. Any
// thread may call.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/http.h"
#include "runtimes/runtime_store.h"

namespace mlengine::engine_api {

// One installation: what it said so far and how it ended. Shared by its thread and its readers.
class InstallProgress {
 public:
  void AddLine(std::string_view line);
  void Finish(Status status);

  // What a reader that has `seen` lines gets next, as lines of JSON; "" when there is nothing new.
  // `ended`: what is returned was all.
  std::string ReadFrom(std::size_t& seen, bool& ended) const;
  std::int64_t AddWaker(std::function<void()> waker);
  void RemoveWaker(std::int64_t id);
  bool finished() const;

 private:
  void Wake();

  mutable std::mutex mutex_;
  std::vector<std::string> lines_;  // JSON, each with its line end; guarded by mutex_
  bool finished_ = false;           // likewise, the last of lines_ tells how
  std::map<std::int64_t, std::function<void()>> wakers_;
  std::int64_t last_waker_ = 0;
};

class RuntimeInstalls {
 public:
  // `runtimes` outlives this. `after` is called on the installing thread when one succeeded.
  RuntimeInstalls(runtimes::RuntimeStore& runtimes, std::function<void()> after)
      : runtimes_(runtimes), after_(std::move(after)) {}
  // Stops what is under way and waits for it.
  ~RuntimeInstalls();

  // Joins the installation of `name` with that Python ("" for any) that is under way, or starts
  // one. The stream gives
  // {"line":…} per line, then {"done":true} or {"error":{…}}.
  std::unique_ptr<net::BodyStream> Start(const std::string& name,
                                         const std::string& python_version);

 private:
  struct Running {
    std::shared_ptr<InstallProgress> progress;
    std::thread thread;
  };

  runtimes::RuntimeStore& runtimes_;
  const std::function<void()> after_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  // By runtime and Python; guarded by mutex_.
  std::map<std::pair<std::string, std::string>, Running> running_;
};

}  // namespace mlengine::engine_api
