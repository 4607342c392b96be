#include "insight/step_speed.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

namespace mlengine::insight {
namespace {

constexpr std::size_t kFewestMarks = 3;
constexpr std::size_t kWindows = 10;
// The first step builds graphs and fills queues; a little of what follows still does.
constexpr double kWarmUpShare = 0.05;
// A gap this many steps longer than its steps should take, and this long, is a pause.
constexpr double kPauseSteps = 5;
constexpr double kPauseSeconds = 0.05;

struct Gap {
  double seconds = 0;
  double steps = 0;
  double each() const { return seconds / steps; }
};

double Quantile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  const double at = share * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, values.size() - 1);
  return values[low] + (values[high] - values[low]) * (at - static_cast<double>(low));
}

// Of what one step takes, each gap weighing its steps.
double WeightedMedian(std::vector<Gap> gaps) {
  std::ranges::sort(gaps, {}, &Gap::each);
  double all = 0;
  for (const Gap& gap : gaps) all += gap.steps;
  double below = 0;
  for (const Gap& gap : gaps) {
    below += gap.steps;
    if (below * 2 >= all) return gap.each();
  }
  return 0;
}

// The marks from the end of the warm-up on; at least three, if there are.
std::size_t SteadyFrom(const std::vector<StepMark>& marks) {
  const auto warm = static_cast<std::int64_t>(
      std::ceil(static_cast<double>(marks.back().steps - marks.front().steps) * kWarmUpShare));
  std::size_t from = 0;
  while (from + kFewestMarks < marks.size() && marks[from].steps < marks.front().steps + warm)
    ++from;
  return from;
}

// What each window's steps took, a step; gaps are not divided.
std::vector<double> WindowsOf(const std::vector<Gap>& gaps) {
  double all = 0;
  for (const Gap& gap : gaps) all += gap.steps;
  const double size = all / static_cast<double>(std::min(kWindows, gaps.size()));
  std::vector<double> out;
  Gap window;
  for (const Gap& gap : gaps) {
    window.seconds += gap.seconds;
    window.steps += gap.steps;
    if (window.steps < size * 0.999) continue;
    out.push_back(window.each());
    window = {};
  }
  if (window.steps * 2 >= size) out.push_back(window.each());
  return out;
}

// How many steps were done before the counting began: those of a checkpoint the program went on
// from.
double StepsBefore(const std::vector<StepMark>& marks) {
  const auto first = static_cast<double>(marks.front().steps);
  const double gap = static_cast<double>(marks[1].steps) - first;
  return first > 2 * gap ? first - gap : 0;
}

}  // namespace

Result<StepSpeed> SpeedOf(const std::vector<StepMark>& marks, std::string_view unit) {
  if (marks.empty()) {
    return NotFoundError(
        "the output tells no steps: lines such as \"step 100\", \"Step #100\", \"100/1000 [=>\" or "
        "\"Epoch 1/3\" would");
  }
  if (marks.size() < kFewestMarks) {
    return FailedPreconditionError("the output tells of " + std::to_string(marks.size()) + " " +
                                   std::string(unit) + (marks.size() == 1 ? "" : "s") +
                                   ", too few to measure a speed; 3 are the least");
  }
  const std::size_t from = SteadyFrom(marks);
  std::vector<Gap> gaps;
  for (std::size_t i = from + 1; i < marks.size(); ++i) {
    gaps.push_back({std::max(marks[i].seconds - marks[i - 1].seconds, 0.0),
                    static_cast<double>(marks[i].steps - marks[i - 1].steps)});
  }
  const double typical = WeightedMedian(gaps);
  StepSpeed speed;
  for (Gap& gap : gaps) {
    const double beyond = gap.seconds - gap.steps * typical;
    if (beyond <= std::max(kPauseSteps * typical, kPauseSeconds)) continue;
    ++speed.pauses;
    speed.pause_seconds += beyond;
    gap.seconds -= beyond;
  }
  const std::vector<double> windows = WindowsOf(gaps);
  // A clock too coarse for the steps gives 0.
  speed.seconds_per_step = std::max(Quantile(windows, 0.5), 1e-9);
  speed.spread = (Quantile(windows, 0.75) - Quantile(windows, 0.25)) / 2 / speed.seconds_per_step;
  speed.first_step = marks.front().steps;
  speed.last_step = marks.back().steps;
  speed.steady_steps = marks.back().steps - marks[from].steps;
  speed.steady_from = marks[from].seconds;
  speed.steady_to = marks.back().seconds;
  const double before = StepsBefore(marks);
  const auto at_speed = [&](const StepMark& mark) {
    return (static_cast<double>(mark.steps) - before) * speed.seconds_per_step;
  };
  speed.startup_seconds = std::max(marks.front().seconds - at_speed(marks.front()), 0.0);
  speed.warm_up_seconds =
      std::max(marks[from].seconds - at_speed(marks[from]) - speed.startup_seconds, 0.0);
  return speed;
}

Result<StepSpeed> SpeedOf(const ProgressTrack& track, std::optional<double> ended_at) {
  const std::vector<StepMark> marks = track.Marks();
  MLENGINE_ASSIGN_OR_RETURN(StepSpeed speed, SpeedOf(marks, track.Unit()));
  if (ended_at) speed.end_seconds = std::max(*ended_at - marks.back().seconds, 0.0);
  if (!track.Evaluations().empty()) speed.evaluation_seconds = Quantile(track.Evaluations(), 0.5);
  return speed;
}

std::string_view ConfidenceName(Confidence confidence) {
  switch (confidence) {
    case Confidence::kHigh:
      return "high";
    case Confidence::kMedium:
      return "medium";
    default:
      return "low";
  }
}

Confidence ConfidenceOf(const StepSpeed& speed, double others_share) {
  constexpr double kSteady = 0.1;
  constexpr double kUnsteady = 0.3;
  constexpr double kShared = 0.1;
  constexpr double kCrowded = 0.3;
  if (speed.spread > kUnsteady || others_share > kCrowded || speed.steady_steps < 10)
    return Confidence::kLow;
  if (speed.spread > kSteady || others_share > kShared || speed.steady_steps < 50 ||
      !speed.end_seconds)
    return Confidence::kMedium;
  return Confidence::kHigh;
}

}  // namespace mlengine::insight
