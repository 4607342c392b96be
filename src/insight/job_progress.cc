#include "insight/job_progress.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <tuple>
#include <utility>

#include "base/number_text.h"
#include "insight/step_speed.h"

namespace mlengine::insight {
namespace {

// The speed is that of so many of the newest marks.
constexpr std::size_t kRecentMarks = 64;
constexpr double kShortestStall = 60;  // seconds
// TensorFlow brings its event files to the disk each two minutes.
constexpr double kShortestStallOfFiles = 300;
constexpr double kStallGaps = 5;  // times the longest gap before
constexpr double kLongestForecast = 3650.0 * 86'400;

std::vector<StepMark> Recent(const std::vector<StepMark>& marks) {
  const std::size_t from = marks.size() - std::min(marks.size(), kRecentMarks);
  return {marks.begin() + static_cast<std::ptrdiff_t>(from), marks.end()};
}

// The flag is not what it seems to be when more was done than it asks for.
std::optional<std::int64_t> Plausible(std::optional<std::int64_t> total, std::int64_t done) {
  return total && *total > 0 && *total >= done ? total : std::nullopt;
}

std::optional<std::int64_t> AskedFor(const std::optional<LengthFlag>& asked,
                                     std::string_view unit) {
  if (!asked || asked->is_epochs != (unit == "epoch")) return {};
  return asked->total();
}

void JudgeSpeed(const ToldProgress& told, double now, JobProgress& out) {
  const std::vector<StepMark> recent = Recent(told.marks);
  double longest_gap = 0;
  for (std::size_t i = 1; i < recent.size(); ++i)
    longest_gap = std::max(longest_gap, recent[i].seconds - recent[i - 1].seconds);
  const bool is_done = out.total && *out.done >= *out.total;
  const bool has_speed = recent.size() >= 3;
  const double shortest = told.source == "log" ? kShortestStall : kShortestStallOfFiles;
  const double patience = std::max(shortest, kStallGaps * longest_gap);
  if (has_speed && !is_done && now - recent.back().seconds > patience) {
    out.stalled_since = recent.back().seconds;
    out.unknown = "no " + out.unit + " was told for " + DurationText(now - recent.back().seconds) +
                  ", so the time left is not known";
    return;
  }
  const Result<StepSpeed> speed = SpeedOf(recent, out.unit);
  if (!speed.ok()) {
    if (!is_done)
      out.unknown = "too few " + out.unit + "s were told yet for a speed and the time left";
    return;
  }
  out.per_second = speed->steps_per_second();
  if (!out.total) return;
  const double each = speed->seconds_per_step + speed->pause_seconds_per_step();
  const double left = each * static_cast<double>(*out.total - *out.done);
  // The steps since the newest mark are on their way.
  out.seconds_left =
      std::clamp(left - std::max(now - recent.back().seconds, 0.0), 0.0, kLongestForecast);
}

std::string Number(double value) {
  return FixedText(value, value >= 100 ? 0 : value >= 10 ? 1 : value >= 0.1 ? 2 : 4);
}

// Of an amount in units that are counted ("steps"), or measured ("MB").
std::string UnitOf(const JobProgress& progress, bool one) {
  const bool measured = progress.unit == "MB" || progress.unit == "KB";
  return progress.unit + (one || measured ? "" : "s");
}

std::string SpeedText(const JobProgress& progress) {
  const double speed = *progress.per_second;
  if (speed >= 0.1) return Number(speed) + " " + UnitOf(progress, false) + "/s";
  return "one " + progress.unit + " in " + DurationText(1 / speed);
}

std::string CountText(const JobProgress& progress) {
  std::string text = std::to_string(*progress.done);
  if (progress.total) text += " of " + std::to_string(*progress.total);
  const std::int64_t counted = progress.total.value_or(*progress.done);
  return text + " " + UnitOf(progress, counted == 1);
}

int Percent(const JobProgress& progress) {
  return static_cast<int>(100.0 * static_cast<double>(*progress.done) /
                          static_cast<double>(*progress.total));
}

}  // namespace

ToldProgress ToldBy(const ProgressTrack& track, const std::optional<LengthFlag>& asked) {
  ToldProgress told{.source = "log", .unit = std::string(track.Unit()), .marks = track.Marks()};
  if (told.marks.empty()) return told;
  std::optional<std::int64_t> total = AskedFor(asked, told.unit);
  const std::optional<std::int64_t> by_lines = track.Total();
  if (track.IsDoubtful() && (!total || total != by_lines)) {
    told.marks.clear();
    return told;
  }
  if (!total) total = by_lines;
  if (!total || (asked && asked->is_epochs && told.unit == "step")) {
    if (asked && asked->is_epochs) {
      const std::optional<std::int64_t> whole = track.TotalOfEpochs(asked->total());
      if (whole) total = whole;
    }
  }
  told.total = Plausible(total, told.marks.back().steps);
  if (!told.total) told.total = Plausible(by_lines, told.marks.back().steps);
  return told;
}

ToldProgress ToldByEvents(std::vector<StepMark> marks, std::string unit,
                          const std::optional<LengthFlag>& asked) {
  ToldProgress told{.source = "event files", .unit = std::move(unit), .marks = {}};
  for (const StepMark& mark : marks) {
    const bool rises = told.marks.empty() || (mark.steps > told.marks.back().steps &&
                                              mark.seconds >= told.marks.back().seconds);
    if (rises) told.marks.push_back(mark);
  }
  if (!told.marks.empty())
    told.total = Plausible(AskedFor(asked, told.unit), told.marks.back().steps);
  return told;
}

bool CountsEpochs(std::string_view tag) {
  return tag.starts_with("epoch_") || tag.find("/epoch_") != std::string_view::npos;
}

bool IsOfJudging(std::string_view run, std::string_view tag) {
  for (const std::string_view text : {run, tag}) {
    for (const std::string_view word : {"eval", "valid", "test", "val_"}) {
      for (std::size_t at = text.find(word); at != std::string_view::npos;
           at = text.find(word, at + 1)) {
        if (at == 0 || text[at - 1] == '/' || text[at - 1] == '_' || text[at - 1] == '.')
          return true;
      }
    }
  }
  return false;
}

JobProgress JudgeProgress(const ToldProgress& log, const ToldProgress& events, double now) {
  const auto rank = [](const ToldProgress& told) {
    return std::tuple(!told.marks.empty(), told.total.has_value(), told.unit == "step",
                      told.marks.empty() ? 0 : told.marks.back().steps);
  };
  const ToldProgress& best = rank(log) > rank(events) ? log : events;
  JobProgress out;
  if (best.marks.empty()) {
    out.unknown =
        "neither the log nor event files tell of steps yet; lines such as \"step 100/1000\" would";
    return out;
  }
  out.source = best.source;
  out.unit = best.unit;
  out.done = best.marks.back().steps;
  out.total = best.total;
  out.last_seen = best.marks.back().seconds;
  JudgeSpeed(best, now, out);
  if (!out.total && out.unknown.empty()) {
    out.unknown = "neither the arguments nor the log tell of how many " + out.unit +
                  "s there will be, so the time left is not known";
  }
  return out;
}

JobProgress LastProgress(JobProgress progress, bool succeeded) {
  // The last epoch was told at its beginning.
  if (succeeded && progress.unit == "epoch" && progress.total &&
      *progress.done + 1 == *progress.total)
    progress.done = progress.total;
  progress.per_second.reset();
  progress.seconds_left.reset();
  progress.stalled_since.reset();
  progress.unknown = progress.done ? "" : "its log and event files told of no steps";
  return progress;
}

std::string DurationText(double seconds) {
  const auto all = static_cast<std::int64_t>(std::llround(std::clamp(seconds, 0.0, 1e12)));
  char text[64];
  if (all < 100) {
    std::snprintf(text, sizeof(text), "%lld s", static_cast<long long>(all));
  } else if (all < 3600) {
    std::snprintf(text, sizeof(text), "%lld min", static_cast<long long>((all + 30) / 60));
  } else if (all < 48 * 3600) {
    std::snprintf(text, sizeof(text), "%lld h %02lld min", static_cast<long long>(all / 3600),
                  static_cast<long long>(all % 3600 / 60));
  } else {
    std::snprintf(text, sizeof(text), "%lld days %lld h", static_cast<long long>(all / 86'400),
                  static_cast<long long>(all % 86'400 / 3600));
  }
  return text;
}

std::string ProgressText(const JobProgress& progress) {
  if (!progress.done) return "unknown: " + progress.unknown;
  std::string text = CountText(progress);
  if (progress.total) text += " (" + std::to_string(Percent(progress)) + " %)";
  if (progress.per_second) text += ", " + SpeedText(progress);
  if (progress.seconds_left && *progress.done < *progress.total)
    text += ", about " + DurationText(*progress.seconds_left) + " left";
  if (!progress.unknown.empty()) text += "; " + progress.unknown;
  return text;
}

std::string ShortProgress(const JobProgress& progress) {
  if (!progress.done) return "";
  if (progress.total) return std::to_string(Percent(progress)) + "%";
  return CountText(progress);
}

}  // namespace mlengine::insight
