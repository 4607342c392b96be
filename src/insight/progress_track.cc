#include "insight/progress_track.h"

#include <algorithm>
#include <utility>

namespace mlengine::insight {
namespace {

constexpr char kBar = 'b';
constexpr char kEpoch = 'e';
constexpr char kLine = 'l';
// More than any training has; what is above is not a count of steps.
constexpr std::int64_t kStepLimit = 1'000'000'000'000;
constexpr std::size_t kSeriesLimit = 64;

bool IsCount(std::int64_t number) {
  return number >= 0 && number <= kStepLimit;
}

}  // namespace

void ProgressTrack::AddTo(const Key& key, double seconds, std::int64_t steps,
                          std::optional<std::int64_t> total) {
  if (!series_.contains(key) && series_.size() >= kSeriesLimit) return;
  Series& series = series_[key];
  if (total && IsCount(*total)) series.total = total;
  if (steps < series.last) {
    series.offset += std::max(series.last, series.total.value_or(0));
    series.begins_again = true;
  }
  series.last = steps;
  const std::int64_t all = series.offset + steps;
  if (!IsCount(all)) return;
  if (series.marks.empty() || all > series.marks.back().steps)
    series.marks.push_back({seconds, all});
}

void ProgressTrack::Add(double seconds, std::string_view line) {
  const std::optional<Progress> progress = ParseProgress(line);
  if (!progress) return;
  if (progress->epochs && IsCount(*progress->epochs) && *progress->epochs > 0)
    epochs_ = progress->epochs;
  if (progress->is_evaluation) return NoteEvaluation(seconds);
  if (progress->epoch && IsCount(*progress->epoch))
    AddTo({kEpoch, 0}, seconds, *progress->epoch, progress->epochs);
  if (!progress->step || !IsCount(*progress->step)) return;
  const char kind = progress->is_bar || (progress->epoch && progress->total) ? kBar : kLine;
  AddTo({kind, progress->total.value_or(0)}, seconds, *progress->step, progress->total);
  last_step_at_ = seconds;
}

void ProgressTrack::NoteEvaluation(double seconds) {
  if (!last_step_at_) return;
  const double lasted = seconds - *last_step_at_;
  if (evaluated_after_ == last_step_at_) {
    evaluations_.back() = lasted;  // its last line counts
  } else {
    evaluations_.push_back(lasted);
    evaluated_after_ = last_step_at_;
  }
}

const std::pair<const ProgressTrack::Key, ProgressTrack::Series>* ProgressTrack::Main() const {
  const std::pair<const Key, Series>* best = nullptr;
  for (const auto& one : series_) {
    // Epochs count only where nothing finer does; of the others the one that tells most.
    const auto rank = [](const std::pair<const Key, Series>& item) {
      return std::pair(item.first.first != kEpoch && item.second.marks.size() > 1,
                       item.second.marks.size());
    };
    if (best == nullptr || rank(one) >= rank(*best)) best = &one;
  }
  return best;
}

std::vector<StepMark> ProgressTrack::Marks() const {
  const auto* main = Main();
  return main == nullptr ? std::vector<StepMark>{} : main->second.marks;
}

std::int64_t ProgressTrack::LastStep() const {
  const auto* main = Main();
  return main == nullptr || main->second.marks.empty() ? 0 : main->second.marks.back().steps;
}

std::optional<std::int64_t> ProgressTrack::Total() const {
  const auto* main = Main();
  if (main == nullptr) return {};
  const auto& [key, series] = *main;
  if (key.first == kEpoch) return epochs_;
  if (!series.total) return {};
  const bool in_epoch = key.first == kBar || series.begins_again;
  if (!in_epoch) return series.total;
  if (epochs_)
    return *series.total *
           std::min<std::int64_t>(*epochs_, kStepLimit / std::max<std::int64_t>(*series.total, 1));
  return series.begins_again ? std::nullopt : series.total;
}

std::string_view ProgressTrack::Unit() const {
  const auto* main = Main();
  return main != nullptr && main->first.first == kEpoch ? "epoch" : "step";
}

}  // namespace mlengine::insight
