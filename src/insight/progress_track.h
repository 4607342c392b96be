// ProgressTrack: the progress of one program, put together from its lines: one rising count of
// steps, whatever mixture of lines, bars and epochs tells it. Pure; one owner.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "insight/progress_line.h"

namespace mlengine::insight {

// `steps` were done `seconds` after the program began.
struct StepMark {
  double seconds = 0;
  std::int64_t steps = 0;
};

// For one that is followed while its program runs.
struct TrackLimits {
  std::size_t marks =
      SIZE_MAX;            // of each series; of more every second one is forgotten, at least 8
  double least_gap = 0;    // seconds; of marks nearer to each other the newer ones are kept
  bool from_start = true;  // false: the lines before the first one are not known
};

class ProgressTrack {
 public:
  explicit ProgressTrack(TrackLimits limits = {}) : limits_(limits) {}

  // `seconds` since the program began; never smaller than before.
  void Add(double seconds, std::string_view line);

  // In order; both rise. Marks of a bar that begins again in each epoch go on counting.
  std::vector<StepMark> Marks() const;
  // Steps in all, when the lines tell it: of the bar, times the epochs.
  std::optional<std::int64_t> Total() const;
  // The same where the lines tell of a bar that begins again in each epoch, but not of how many
  // epochs there are.
  std::optional<std::int64_t> TotalOfEpochs(std::int64_t epochs) const;
  // Whether LastStep may leave out epochs before the first line.
  bool IsDoubtful() const;
  // Lines were passed over.
  void NoteGap() { limits_.from_start = false; }
  // "step", or "epoch" where the lines tell of nothing finer.
  std::string_view Unit() const;
  // The newest of Marks; 0 before there is one.
  std::int64_t LastStep() const;
  // Seconds from the last step before it to the end of a judging of the model, one each.
  const std::vector<double>& Evaluations() const { return evaluations_; }

 private:
  // Lines that count alike: those of one kind and one total.
  struct Series {
    std::vector<StepMark> marks;
    std::int64_t offset = 0;  // of the epochs before
    std::int64_t last = 0;    // as told
    std::size_t told = 0;     // marks, also those forgotten
    double least_gap = 0;
    bool is_doubtful = false;           // `offset` may be too small
    std::optional<std::int64_t> epoch;  // of `last`
    std::optional<std::int64_t> total;
    bool begins_again = false;
  };
  using Key = std::pair<char, std::int64_t>;

  void AddTo(const Key& key, double seconds, std::int64_t steps, std::optional<std::int64_t> total);
  void NoteEpoch(std::int64_t epoch, std::optional<std::int64_t> epochs);
  void NoteEvaluation(double seconds);
  std::int64_t EpochsDone(std::int64_t epoch, std::string_view line) const;
  // Steps of the whole epochs before this one; nothing where the lines do not tell.
  std::optional<std::int64_t> StepsBefore(std::int64_t steps_an_epoch) const;
  bool IsInLaterEpoch(const Series& series) const;
  void Mark(Series& series, StepMark mark) const;
  const std::pair<const Key, Series>* Main() const;

  TrackLimits limits_;
  std::map<Key, Series> series_;
  std::vector<double> evaluations_;
  std::optional<double> last_step_at_;
  std::optional<double> evaluated_after_;  // the step that the newest of evaluations_ belongs to
  std::optional<std::int64_t> epochs_;
  std::optional<std::int64_t> epoch_;         // the newest
  std::optional<std::int64_t> first_number_;  // that its epochs are counted from: 0 or 1
  bool epochs_began_again_ = false;
};

}  // namespace mlengine::insight
