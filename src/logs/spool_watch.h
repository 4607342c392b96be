// SpoolWatch: tells which files were written to, by inotify: one descriptor for all of them.
// Single-threaded, but Wake may be called from any thread.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace mlengine::logs {

class SpoolWatch {
 public:
  SpoolWatch();

  // False when the file cannot be watched (not there yet, or no watches left): the caller looks by
  // itself then.
  bool Add(const std::string& path);
  void Remove(const std::string& path);

  // Waits for a write, Wake, or the timeout; the paths written to since. `lost`: events were
  // dropped, any may be.
  std::vector<std::string> Wait(std::chrono::milliseconds timeout, bool& lost);
  void Wake();

 private:
  UniqueFd inotify_;
  UniqueFd wake_;
  std::map<int, std::string> paths_;
  std::map<std::string, int> watches_;
};

}  // namespace mlengine::logs
