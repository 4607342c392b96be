// StepSpeed: how fast a program trains, apart from what it does before, between and after its
// steps. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "insight/progress_track.h"

namespace mlengine::insight {

struct StepSpeed {
  std::int64_t first_step = 0;  // of the marks, as is `last_step`
  std::int64_t last_step = 0;
  std::int64_t steady_steps = 0;  // those that the speed is of
  double seconds_per_step = 0;    // the median of windows of the steady part, without pauses
  double spread = 0;              // half the distance of the windows' quartiles, over their median
  // From the program's start to its first step, and what the first steps took beyond steady ones.
  double startup_seconds = 0;
  double warm_up_seconds = 0;
  // Pauses between steps (checkpoints, validations) in the steady part.
  int pauses = 0;
  double pause_seconds = 0;
  // From the last step to the end of the program, when that was seen.
  std::optional<double> end_seconds;
  // What one judging of the model took: the median; unset when none was seen.
  std::optional<double> evaluation_seconds;
  double steady_from = 0;  // seconds after the start, as is `steady_to`
  double steady_to = 0;

  double steps_per_second() const { return 1 / seconds_per_step; }
  // Pauses spread over the steps they stood between.
  double pause_seconds_per_step() const {
    return steady_steps > 0 ? pause_seconds / static_cast<double>(steady_steps) : 0;
  }
};

// `ended_at`: when the program ended by itself with all its steps done, in seconds after its start.
// NOT_FOUND when the lines told no steps; FAILED_PRECONDITION when they were too few to measure.
Result<StepSpeed> SpeedOf(const ProgressTrack& track, std::optional<double> ended_at);
// Of some marks of a program that goes on; `unit` is what they count, for the errors.
Result<StepSpeed> SpeedOf(const std::vector<StepMark>& marks, std::string_view unit);

enum class Confidence { kLow, kMedium, kHigh };
std::string_view ConfidenceName(Confidence confidence);  // "high"

// Of a speed as a measure for a longer run of the same program on the same machine.
// `others_share`: of the machine's cores that other programs used meanwhile, from 0 to 1.
Confidence ConfidenceOf(const StepSpeed& speed, double others_share = 0);

}  // namespace mlengine::insight
