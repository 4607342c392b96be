// ProfileRun: a short run of a training program here, as `local train` runs it, watched and ended.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/process_family.h"
#include "insight/forecast.h"
#include "insight/progress_track.h"

namespace mlengine::cli {

struct ProfileSpec {
  LocalProcess process;  // its output is read here
  // Asked after each line: true when enough was seen; the program is then ended with SIGTERM, and
  // with SIGKILL after `grace`. Unset: it runs to its end.
  std::function<bool(const insight::ProgressTrack&)> enough;
  std::chrono::milliseconds limit;  // then it is ended as well
  std::chrono::milliseconds grace{10'000};
};

struct Profile {
  insight::ProgressTrack track;
  double seconds = 0;             // that it ran
  bool was_ended = false;         // by the caller's wish or by the limit
  int exit_code = 0;              // 128 + N when signal N ended it
  std::vector<std::string> tail;  // its last lines
  // Moments (seconds after the start, processor seconds of the program, idle ones of the machine).
  struct Load {
    double at = 0;
    double used = 0;
    double idle = 0;
  };
  std::vector<Load> loads;

  // Between two moments; unset when they are too near to each other to tell.
  std::optional<insight::CoreUse> CoresBetween(double from, double to) const;
};

// Nothing of the program is left when it returns. CANCELLED when this program was sent SIGINT,
// SIGTERM or SIGHUP; the errors of ProcessFamily::Start.
Result<Profile> RunProfile(const ProfileSpec& spec);

}  // namespace mlengine::cli
