// JobProgress: how far a running program is, how fast it goes and when it will be done, judged from
// what its lines and its event files tell and from what its arguments ask for. What is not known is
// left out and said, never guessed. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "insight/progress_track.h"
#include "insight/step_arguments.h"

namespace mlengine::insight {

// What one witness tells. Marks are in seconds of any one clock, both rising.
struct ToldProgress {
  std::string source;  // "log" or "event files"
  std::string unit = "step";
  std::vector<StepMark> marks;
  std::optional<std::int64_t> total{};
};

struct JobProgress {
  std::optional<std::int64_t> done{};
  std::optional<std::int64_t> total{};
  std::string unit = "step";
  std::optional<double> per_second{};     // the recent median, without pauses
  std::optional<double> seconds_left{};   // of its steps, with pauses as often as before
  std::optional<double> last_seen{};      // when the newest step was told
  std::optional<double> stalled_since{};  // when no step came for much longer than before
  std::string source;                     // "" when nothing tells of steps
  std::string unknown;                    // a sentence: what is not known, and why; "" when all is
  friend bool operator==(const JobProgress&, const JobProgress&) = default;
};

// Of the lines; empty `marks` when they tell no steps, or steps whose beginning is not known.
// `asked` is what the arguments tell (FindLengthFlag).
ToldProgress ToldBy(const ProgressTrack& track, const std::optional<LengthFlag>& asked);
// Of event files: `marks` are the steps of one series, by time.
ToldProgress ToldByEvents(std::vector<StepMark> marks, std::string unit,
                          const std::optional<LengthFlag>& asked);

// A series of Keras that has one value an epoch: "epoch_loss".
bool CountsEpochs(std::string_view tag);
// Of judging the model, whose steps may not be those of the training: "validation", "eval/loss".
bool IsOfJudging(std::string_view run, std::string_view tag);

// The better one of two witnesses, and what follows at the moment `now`. A witness with a total is
// better than one without, steps are better than epochs, and then the one that saw more.
JobProgress JudgeProgress(const ToldProgress& log, const ToldProgress& events, double now);

// Of a program that has ended: what was done; nothing is left to come.
JobProgress LastProgress(JobProgress progress, bool succeeded);

// "450 of 1000 steps (45 %), 12.5 steps/s, about 44 s left"; "unknown: …" when nothing is known.
std::string ProgressText(const JobProgress& progress);
// For a column of a table: "45%", "450 steps", "1000/1000", "" when nothing is known.
std::string ShortProgress(const JobProgress& progress);
// "44 s", "3 min", "2 h 05 min", "3 days 4 h".
std::string DurationText(double seconds);

}  // namespace mlengine::insight
