// The progress of a program by any lines: counts that rise, few marks however many lines there are,
// and a judgement that never tells more was done than there is to do.
#include "insight/progress_track.h"

#include <algorithm>
#include <cmath>

#include "fuzz_target.h"
#include "insight/job_progress.h"

namespace mlengine::fuzz {
namespace {

constexpr std::size_t kMarks = 16;

void CheckMarks(const insight::ProgressTrack& track, std::size_t most) {
  const std::vector<insight::StepMark> marks = track.Marks();
  Require(marks.size() <= most, "only so many marks are kept");
  for (std::size_t i = 0; i < marks.size(); ++i) {
    Require(marks[i].steps >= 0, "steps count from nothing up");
    if (i == 0) continue;
    Require(marks[i].steps > marks[i - 1].steps, "steps rise");
    Require(marks[i].seconds >= marks[i - 1].seconds, "time rises");
  }
  Require(track.LastStep() == (marks.empty() ? 0 : marks.back().steps), "the last mark is newest");
}

void CheckJudgement(const insight::ProgressTrack& track,
                    const std::optional<insight::LengthFlag>& asked, double now) {
  const insight::ToldProgress told = insight::ToldBy(track, asked);
  for (const double later : {0.0, 1.0, 1e6}) {
    const insight::JobProgress progress = insight::JudgeProgress(told, {}, now + later);
    Require(!progress.total || *progress.done <= *progress.total, "no more is done than there is");
    Require(!progress.seconds_left || (progress.total && *progress.seconds_left >= 0),
            "a time left needs a total");
    Require(!progress.per_second || std::isfinite(*progress.per_second), "a speed is a number");
    Require(progress.seconds_left || progress.done != progress.total || !progress.done ||
                progress.stalled_since == std::nullopt,
            "what is done is not stalled");
    Require(!insight::ProgressText(progress).empty(), "there is always something to say");
  }
}

}  // namespace

// The first byte: how the track is limited, and what the arguments ask for.
FUZZ_TARGET(progress_track) {
  if (bytes.empty()) return;
  const auto choice = static_cast<unsigned char>(bytes.front());
  bytes.remove_prefix(1);
  insight::ProgressTrack whole;
  insight::ProgressTrack followed(
      {.marks = kMarks, .least_gap = (choice & 1U) * 0.5, .from_start = (choice & 2U) == 0});
  double now = 0;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    const std::string_view line = bytes.substr(0, end);
    now += static_cast<double>(line.size() % 8) / 4;
    whole.Add(now, line);
    followed.Add(now, line);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  CheckMarks(whole, SIZE_MAX);
  CheckMarks(followed, kMarks);
  std::optional<insight::LengthFlag> asked;
  if ((choice & 4U) != 0)
    asked = {.name = "--n", .values = {choice}, .is_epochs = (choice & 8U) != 0};
  CheckJudgement(whole, asked, now);
  CheckJudgement(followed, asked, now);
}

}  // namespace mlengine::fuzz
