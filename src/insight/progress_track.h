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

class ProgressTrack {
 public:
  // `seconds` since the program began; never smaller than before.
  void Add(double seconds, std::string_view line);

  // In order; both rise. Marks of a bar that begins again in each epoch go on counting.
  std::vector<StepMark> Marks() const;
  // Steps in all, when the lines tell it: of the bar, times the epochs.
  std::optional<std::int64_t> Total() const;
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
    std::optional<std::int64_t> total;
    bool begins_again = false;
  };
  using Key = std::pair<char, std::int64_t>;

  void AddTo(const Key& key, double seconds, std::int64_t steps, std::optional<std::int64_t> total);
  void NoteEvaluation(double seconds);
  const std::pair<const Key, Series>* Main() const;

  std::map<Key, Series> series_;
  std::vector<double> evaluations_;
  std::optional<double> last_step_at_;
  std::optional<double> evaluated_after_;  // the step that the newest of evaluations_ belongs to
  std::optional<std::int64_t> epochs_;
};

}  // namespace mlengine::insight
