// ResumeTrack: from which step a program went on after it was ended and started again, by its
// lines: what it says itself ("resumed from step 200", "Restoring parameters from
// …/model.ckpt-200"), else its first steps. Pure; one owner.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mlengine::insight {

// How far a training is, of lines that count it from its very beginning: not of bars, which begin
// again with each epoch, nor of lines about judging the model. Epochs are kept apart from steps.
struct StepCount {
  std::int64_t count = 0;
  bool is_epoch = false;
};
std::optional<StepCount> CountedStep(std::string_view line);

// The step of a checkpoint that the line says was saved: "Saving checkpoints for 200 into …",
// "saved checkpoint at step 200", "wrote model.ckpt-200".
std::optional<std::int64_t> SavedStep(std::string_view line);
// The step that the line says the program goes on from.
std::optional<std::int64_t> ResumedStep(std::string_view line);

class ResumeTrack {
 public:
  // `before`: the last step that the program told before it was ended, if it told any; its unit is
  // then the only one looked at.
  explicit ResumeTrack(std::optional<StepCount> before) : before_(before) {}

  // The lines of the new execution in order; `stamp_ns` as the log has it.
  void Add(std::int64_t stamp_ns, std::string_view line);

  // Nothing before there is a sign. By its first steps it is that before the first of them, as far
  // as the distance to the second tells: 0 for a program that began anew.
  std::optional<std::int64_t> resumed_from() const;
  bool said() const { return said_.has_value(); }
  std::optional<std::int64_t> last_step() const { return last_; }
  // When the first line told more steps than there were before; with nothing before, any step.
  std::optional<std::int64_t> passed_at_ns() const { return passed_at_ns_; }
  // Nothing more of the lines can change what is told above but the last step.
  bool is_settled() const { return passed_at_ns_.has_value() && (said() || second_.has_value()); }

 private:
  std::optional<StepCount> before_;
  std::optional<std::int64_t> said_;
  std::optional<std::int64_t> first_;
  std::optional<std::int64_t> second_;
  std::optional<std::int64_t> last_;
  std::optional<std::int64_t> passed_at_ns_;
};

}  // namespace mlengine::insight
