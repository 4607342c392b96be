// SystemLook: what the data folder takes of the disk, and which programs the engine is made of. To
// look takes long where there are many files, so a thread of its own does it, when somebody asks
// and the last look is old. Any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"

namespace mlengine::upkeep {

// Bytes on the disk, of the files that are in use as they lie there; a file of several names counts
// once. What nobody may read counts as nothing.
struct StoreSizes {
  std::uint64_t state = 0;    // records, settings, and what has no place below
  std::uint64_t logs = 0;     // what became of ended jobs' output, and the indexes
  std::uint64_t buckets = 0;  // with unfinished uploads
  std::uint64_t cache = 0;
  std::uint64_t runtimes = 0;  // in the data folder
  std::uint64_t jobs = 0;      // folders of replicas, with their spools
};

struct ProgramFile {
  std::string name;
  std::uint64_t bytes = 0;
  std::string version;  // "0.1.0", as the program itself tells; "" when it does not
};

struct SystemSight {
  Time measured;
  StoreSizes sizes;
  std::vector<ProgramFile> programs;
};

// One look at the files of a data folder, its reserve left out; ends early once `stop` is set.
StoreSizes MeasureStore(const std::string& data_folder, const std::atomic<bool>& stop);
// The file, and what `PROGRAM --version` prints behind its name; nothing when there is no such
// file.
std::optional<ProgramFile> LookAtProgram(const std::string& path);

struct SystemLookOptions {
  std::string data_folder;            // absolute
  std::vector<std::string> programs;  // paths
  std::chrono::seconds every{60};     // at most so often
};

class SystemLook {
 public:
  // `clock` outlives it.
  SystemLook(SystemLookOptions options, const Clock& clock);
  ~SystemLook();
  SystemLook(const SystemLook&) = delete;
  SystemLook& operator=(const SystemLook&) = delete;

  // What was seen last, at once; nothing before the first look has ended. An old look is renewed
  // behind the caller's back.
  std::optional<SystemSight> Last();

 private:
  void Run();

  const SystemLookOptions options_;
  const Clock& clock_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool wanted_ = false;  // guarded by mutex_, as the next two
  std::optional<SystemSight> last_;
  std::chrono::steady_clock::time_point looked_at_;
  std::thread thread_;  // started by the first question
};

}  // namespace mlengine::upkeep
