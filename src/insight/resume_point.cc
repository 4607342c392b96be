#include "insight/resume_point.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "insight/progress_line.h"

namespace mlengine::insight {
namespace {

std::string Lower(std::string_view line) {
  std::string out(line.substr(0, 4096));
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return out;
}

bool HasAny(std::string_view text, const auto& words) {
  return std::ranges::any_of(
      words, [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

std::optional<std::int64_t> NumberAt(std::string_view text, std::size_t at) {
  std::int64_t number = 0;
  const char* begin = text.data() + std::min(at, text.size());
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return {};
  return number;
}

// "model.ckpt-200", "checkpoint-500", "checkpoints for 200 into".
std::optional<std::int64_t> NumberBehind(std::string_view text, const auto& words) {
  for (const std::string_view word : words) {
    for (std::size_t at = text.find(word); at != std::string_view::npos;
         at = text.find(word, at + 1)) {
      if (const auto number = NumberAt(text, at + word.size())) return number;
    }
  }
  return {};
}

constexpr std::array<std::string_view, 4> kFileNames = {"ckpt-", "checkpoint-", "checkpoint_",
                                                        "checkpoints for "};
constexpr std::array<std::string_view, 4> kSaved = {"saved", "saving", "wrote", "written"};
constexpr std::array<std::string_view, 3> kThings = {"checkpoint", "ckpt", "snapshot"};
constexpr std::array<std::string_view, 10> kResumed = {
    "resum",        "restor",       "continuing from",    "continues from",  "going on from",
    "goes on from", "went on from", "starting from step", "from checkpoint", "loaded checkpoint"};

std::optional<std::int64_t> StepOrFile(std::string_view line, std::string_view lower) {
  if (const auto number = NumberBehind(lower, kFileNames)) return number;
  const std::optional<Progress> progress = ParseProgress(line);
  if (!progress) return {};
  return progress->step ? progress->step : progress->epoch;
}

}  // namespace

std::optional<StepCount> CountedStep(std::string_view line) {
  const std::optional<Progress> progress = ParseProgress(line);
  if (!progress || progress->is_evaluation) return {};
  if (progress->step && !progress->is_bar && !(progress->epoch && progress->total))
    return StepCount{*progress->step, false};
  if (progress->epoch) return StepCount{*progress->epoch, true};
  return {};
}

std::optional<std::int64_t> SavedStep(std::string_view line) {
  const std::string lower = Lower(line);
  if (!HasAny(lower, kSaved) || !HasAny(lower, kThings)) return {};
  return StepOrFile(line, lower);
}

std::optional<std::int64_t> ResumedStep(std::string_view line) {
  const std::string lower = Lower(line);
  if (!HasAny(lower, kResumed)) return {};
  return StepOrFile(line, lower);
}

void ResumeTrack::Add(std::int64_t stamp_ns, std::string_view line) {
  if (!first_ && !said_) {
    said_ = ResumedStep(line);
    if (said_) return;
  }
  // Of a checkpoint, not of the training's way on.
  if (SavedStep(line) || ResumedStep(line)) return;
  const std::optional<StepCount> step = CountedStep(line);
  if (!step || (before_ && step->is_epoch != before_->is_epoch)) return;
  if (!first_) {
    first_ = step->count;
  } else if (!second_ && step->count > *first_) {
    second_ = step->count;
  }
  last_ = step->count;
  if (!passed_at_ns_ && (!before_ || step->count > before_->count)) passed_at_ns_ = stamp_ns;
}

std::optional<std::int64_t> ResumeTrack::resumed_from() const {
  if (said_) return said_;
  if (!first_) return {};
  const std::int64_t gap = second_ ? *second_ - *first_ : 1;
  return std::max<std::int64_t>(*first_ - gap, 0);
}

}  // namespace mlengine::insight
