// LogKeeper: makes the logs of ended jobs smaller after a while, and takes them away, with the
// jobs' folders, when they have been kept long enough or all together take too much room. One
// thread of its own, or Turn by hand.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "logs/log_store.h"
#include "store/job_store.h"

namespace mlengine::upkeep {

// What a turn did.
struct LogKeeping {
  int archived = 0;
  int retired = 0;
  std::uint64_t bytes = 0;  // of what is kept of ended jobs
};

struct LogKeeperOptions {
  std::string data_folder;                   // absolute
  std::chrono::seconds archive_after{3600};  // after the job's end
  std::chrono::seconds every{600};           // between turns
  std::optional<std::uint64_t> budget;       // bytes of all ended jobs; unset: no bound
  // Whether the disk has room for the segments that a log becomes before its spools go; unset: yes.
  std::function<bool()> has_room = {};
  // Days for which the logs of a project are kept after a job's end; unset: for ever.
  std::function<std::optional<std::int64_t>(const std::string& project)> keep_days;
  // Told of each turn of the thread. Unset: nobody is.
  std::function<void(const LogKeeping&)> on_turn = {};
};

class LogKeeper {
 public:
  // All outlive the object.
  LogKeeper(LogKeeperOptions options, store::JobStore& store, logs::LogStore& logs,
            const Clock& clock);
  // Stops the thread, if there is one, after the job that it is at.
  ~LogKeeper();
  LogKeeper(const LogKeeper&) = delete;
  LogKeeper& operator=(const LogKeeper&) = delete;

  // Looks at every job that has a log. What fails is told in the server's log and tried again by
  // the next turn.
  LogKeeping Turn();
  void Start();

 private:
  struct Kept {
    logs::JobRef job;
    Time ended;
    bool failed = false;
    std::uint64_t bytes = 0;
  };

  std::vector<Kept> Ended();
  std::optional<Time> Deadline(const Kept& kept) const;
  void Archive(Kept& kept, LogKeeping& report);
  bool Retire(const Kept& kept, logs::Retirement why);
  std::uint64_t Measure(const Kept& kept, bool is_archived);
  bool Stopping();

  const LogKeeperOptions options_;
  store::JobStore& store_;
  logs::LogStore& logs_;
  const Clock& clock_;

  // One turn at a time.
  std::map<logs::JobRef, std::uint64_t> archived_;  // bytes of each

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace mlengine::upkeep
