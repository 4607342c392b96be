// Programs that the runner needs on the way (unpacking, pip): each in a session of its own, gone
// when the replica is asked to stop, when its time is over, or when the runner dies.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/process.h"
#include "base/result.h"
#include "runner/stop_source.h"

namespace mlengine::runner {

struct HelperSpec {
  std::vector<std::string> words;
  std::vector<std::pair<std::string, std::string>> environment;
  std::string folder;
  std::string output_path;  // its stdout and stderr; replaced
  std::chrono::milliseconds deadline{0};
  // Called once while it runs.
  std::function<void()> meanwhile{};
};

// How it ended; its output is then at output_path. CANCELLED when a stop was asked for,
// DEADLINE_EXCEEDED when it took too long.
Result<ProcessEnd> RunHelper(HelperSpec spec, StopSource& stop);

}  // namespace mlengine::runner
