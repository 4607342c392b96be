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

// "Epoch 3/10", "=== Epoch: 3 ===", "[Epoch 3 of 10]".
bool IsBare(std::string_view line) {
  const std::size_t at = line.find("poch");
  if (at == std::string_view::npos) return false;
  const std::string_view rest = line.substr(at + 4);
  return rest.find_first_not_of("0123456789/ :#[]().-=*of\t\r\n") == std::string_view::npos;
}

}  // namespace

void ProgressTrack::AddTo(const Key& key, double seconds, std::int64_t steps,
                          std::optional<std::int64_t> total) {
  if (!series_.contains(key) && series_.size() >= kSeriesLimit) return;
  const bool is_new = !series_.contains(key);
  Series& series = series_[key];
  if (total && IsCount(*total)) series.total = total;
  if (is_new) {
    series.least_gap = limits_.least_gap;
    if (key.first == kBar) {
      const auto before = StepsBefore(series.total.value_or(0));
      series.offset = before.value_or(0);
      series.is_doubtful = !before.has_value();
    }
  } else if (steps < series.last ||
             (steps == series.last && key.first == kBar && IsInLaterEpoch(series))) {
    series.offset += std::max(series.last, series.total.value_or(0));
    series.begins_again = true;
  }
  series.last = steps;
  series.epoch = epoch_;
  const std::int64_t all = series.offset + steps;
  if (!IsCount(all)) return;
  if (series.marks.empty() || all > series.marks.back().steps) Mark(series, {seconds, all});
}

// Keras without its bars has one line an epoch, each with all of its steps.
bool ProgressTrack::IsInLaterEpoch(const Series& series) const {
  return epoch_ && series.epoch && *epoch_ > *series.epoch;
}

void ProgressTrack::Mark(Series& series, StepMark mark) const {
  ++series.told;
  std::vector<StepMark>& marks = series.marks;
  const std::size_t count = marks.size();
  if (count >= 2 && mark.seconds - marks[count - 2].seconds < series.least_gap) {
    marks.back() = mark;
  } else {
    marks.push_back(mark);
  }
  if (marks.size() <= std::max<std::size_t>(limits_.marks, 8)) return;
  // The newest stays.
  std::size_t kept = 0;
  for (std::size_t i = (marks.size() + 1) % 2; i < marks.size(); i += 2) marks[kept++] = marks[i];
  marks.resize(kept);
  series.least_gap =
      std::max(series.least_gap, (marks.back().seconds - marks.front().seconds) /
                                     static_cast<double>(std::max<std::size_t>(kept, 1)));
}

std::optional<std::int64_t> ProgressTrack::StepsBefore(std::int64_t steps_an_epoch) const {
  if (!epoch_) return limits_.from_start ? std::optional<std::int64_t>(0) : std::nullopt;
  if (!first_number_) return std::nullopt;
  const std::int64_t whole = std::max<std::int64_t>(*epoch_ - *first_number_, 0);
  if (steps_an_epoch > 0 && whole > kStepLimit / steps_an_epoch) return std::nullopt;
  return whole * steps_an_epoch;
}

// A line that tells of nothing but the epoch stands at its beginning.
std::int64_t ProgressTrack::EpochsDone(std::int64_t epoch, std::string_view line) const {
  const std::int64_t before = std::max<std::int64_t>(epoch - first_number_.value_or(1), 0);
  return before + (IsBare(line) ? 0 : 1);
}

// Counted from 1 where the first one of all is 1 or the lines say of how many; from 0 where there
// is a number 0.
void ProgressTrack::NoteEpoch(std::int64_t epoch, std::optional<std::int64_t> epochs) {
  if (epoch_ && epoch < *epoch_) epochs_began_again_ = true;
  if (epoch == 0) {
    first_number_ = 0;
  } else if (!first_number_ && (epochs || (!epoch_ && epoch == 1 && limits_.from_start))) {
    first_number_ = 1;
  }
  epoch_ = epoch;
}

void ProgressTrack::Add(double seconds, std::string_view line) {
  const std::optional<Progress> progress = ParseProgress(line);
  if (!progress) return;
  if (progress->epochs && IsCount(*progress->epochs) && *progress->epochs > 0)
    epochs_ = progress->epochs;
  if (progress->epoch && IsCount(*progress->epoch)) NoteEpoch(*progress->epoch, progress->epochs);
  if (progress->is_evaluation) return NoteEvaluation(seconds);
  if (progress->epoch && IsCount(*progress->epoch))
    AddTo({kEpoch, 0}, seconds, EpochsDone(*progress->epoch, line), progress->epochs);
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
    if (evaluations_.size() >= limits_.marks) evaluations_.erase(evaluations_.begin());
    evaluations_.push_back(lasted);
    evaluated_after_ = last_step_at_;
  }
}

const std::pair<const ProgressTrack::Key, ProgressTrack::Series>* ProgressTrack::Main() const {
  const std::pair<const Key, Series>* best = nullptr;
  for (const auto& one : series_) {
    // Epochs count only where nothing finer does; of the others the one that tells most.
    const auto rank = [](const std::pair<const Key, Series>& item) {
      return std::pair(item.first.first != kEpoch && item.second.told > 1, item.second.told);
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
  if (epochs_began_again_) return {};
  if (epochs_) return TotalOfEpochs(*epochs_);
  return series.begins_again ? std::nullopt : series.total;
}

std::optional<std::int64_t> ProgressTrack::TotalOfEpochs(std::int64_t epochs) const {
  const auto* main = Main();
  if (main == nullptr || main->first.first != kBar || !main->second.total || epochs_began_again_)
    return {};
  const std::int64_t each = *main->second.total;
  return each * std::min<std::int64_t>(epochs, kStepLimit / std::max<std::int64_t>(each, 1));
}

bool ProgressTrack::IsDoubtful() const {
  const auto* main = Main();
  return main != nullptr && main->second.is_doubtful;
}

std::string_view ProgressTrack::Unit() const {
  const auto* main = Main();
  return main != nullptr && main->first.first == kEpoch ? "epoch" : "step";
}

}  // namespace mlengine::insight
