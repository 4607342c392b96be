// VersionLogs: the logs of models' versions, which a model asks for: a line for each request, and
// what the version's processes print. Whoever adds never waits; what cannot be kept in time is
// dropped, and a line says how much. Thread-safe; one thread of its own writes.
//
// A version has one log after the other in the log store, each of bounded size and time, so that
// old ones can go. What was not yet written when the engine is killed is lost.
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
#include "serving/console_tail.h"

namespace mlengine::serving {

struct LoggedVersion {
  std::string project;
  std::string region;
  std::string model;
  std::string version;
  friend auto operator<=>(const LoggedVersion&, const LoggedVersion&) = default;
};

// What is said of a request. Its bodies are not.
struct AccessLine {
  Time time;
  std::chrono::nanoseconds took{0};
  int status = 200;
  bool refused = false;  // by the model, which is answered with 200
  std::size_t request_bytes = 0;
  std::size_t answer_bytes = 0;
};

// A file that the processes of a version print to.
struct ConsoleFile {
  LoggedVersion version;
  std::string path;
};

struct VersionLogsOptions {
  std::string data_folder = {};     // whose logs/ the store has
  std::string console_folder = {};  // what its files have at the start was printed before
  // The consoles that are to be kept. Asked every few turns; may read disks.
  std::function<std::vector<ConsoleFile>()> consoles = {};
  // Days for which logs of a project are kept; unset: for ever.
  std::function<std::optional<std::int64_t>(const std::string& project)> keep_days = {};
  std::chrono::milliseconds write_every{500};
  std::size_t most_waiting = 10'000;  // entries
  std::size_t most_waiting_bytes = 4U << 20;
  int log_entries = 20'000;  // of one log, about
  std::chrono::hours log_age{24};
  std::size_t most_logs = 500;  // of one version; the oldest go
};

class VersionLogs final {
 public:
  // All outlive it.
  VersionLogs(logs::LogStore& store, const Clock& clock, VersionLogsOptions options);
  // Writes what waits and ends the logs.
  ~VersionLogs();
  // From now on it writes; before, it only takes.
  void Start();

  void AddAccess(const LoggedVersion& version, const AccessLine& line);

  struct Span {
    std::string id;  // in the log store
    std::int64_t begin_ns = 0;
    std::int64_t end_ns = INT64_MAX;  // that: it goes on, or nobody knows
  };
  // The logs that there are of a project's versions.
  std::vector<Span> Of(const std::string& project) const;

  // `listener` is told of each log that begins, by the writer; it is quick and calls nothing here.
  using Listener = std::function<void(const std::string& project, const std::string& id)>;
  std::int64_t Subscribe(Listener listener);
  void Unsubscribe(std::int64_t id);

  struct Figures {
    std::uint64_t written = 0;
    std::uint64_t dropped = 0;
  };
  Figures figures() const;

 private:
  using Entries = std::vector<logs::ServiceEntry>;
  struct Open {
    std::string id;
    Time begin;
    int next = 0;  // sequence of its next entry
  };

  void Add(const LoggedVersion& version, logs::ServiceEntry entry);
  void Run();
  void Turn();
  void ReadConsoles();
  void Write(const LoggedVersion& version, const Entries& entries);
  Status Append(const LoggedVersion& version, const Entries& entries);
  Open& OpenLog(const LoggedVersion& version);
  void EndLog(const LoggedVersion& version);
  void RemoveOld();
  void Remove(const LoggedVersion& version, std::int64_t begin_ns);
  void FindLogs();

  logs::LogStore& store_;
  const Clock& clock_;
  const VersionLogsOptions options_;

  // Of the writer alone.
  std::map<std::string, ConsoleTail> tails_;      // by path
  std::map<std::string, std::uint64_t> printed_;  // bytes of files that are not followed
  std::vector<ConsoleFile> consoles_;
  std::map<LoggedVersion, Open> open_;
  int turns_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::map<LoggedVersion, Entries> waiting_;  // guarded by mutex_, as all below
  std::size_t entries_waiting_ = 0;
  std::size_t bytes_waiting_ = 0;
  std::map<LoggedVersion, std::uint64_t> dropped_;                     // and not said yet
  std::map<LoggedVersion, std::map<std::int64_t, std::string>> logs_;  // ids by their begin
  std::map<std::int64_t, Listener> listeners_;
  std::int64_t next_listener_ = 1;
  Figures figures_;
  bool stopping_ = false;
  std::thread thread_;  // last
};

}  // namespace mlengine::serving
