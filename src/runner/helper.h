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
// DEADLINE_EXCEEDED when it took too long. `runner_program` is this program, which guards the child
// (see Guard).
Result<ProcessEnd> RunHelper(const std::string& runner_program, HelperSpec spec, StopSource& stop);

// In the child: dies when `parent` does. Exits at once when it has died already.
void DieWithParent(const std::string& parent);
// Verb "guard PARENT WORDS...": dies with the parent and becomes WORDS. Returns only on failure.
int Guard(const std::vector<std::string>& words);

}  // namespace mlengine::runner
