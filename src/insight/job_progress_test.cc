#include "insight/job_progress.h"

#include <gtest/gtest.h>

namespace mlengine::insight {
namespace {

// Every `each` seconds one step more, from `first` on.
std::vector<StepMark> Marks(int count, double each, std::int64_t first = 1, double from = 100) {
  std::vector<StepMark> out;
  for (int i = 0; i < count; ++i) out.push_back({from + i * each, first + i});
  return out;
}

ToldProgress Log(std::vector<StepMark> marks, std::optional<std::int64_t> total) {
  return {.source = "log", .marks = std::move(marks), .total = total};
}

LengthFlag Asked(std::int64_t total, bool is_epochs) {
  return {.name = "--n", .values = {total}, .is_epochs = is_epochs};
}

TEST(JobProgressTest, StepsSpeedAndTimeLeft) {
  const JobProgress progress = JudgeProgress(Log(Marks(100, 0.5), 1000), {}, 149.5);
  EXPECT_EQ(progress.done, 100);
  EXPECT_EQ(progress.total, 1000);
  EXPECT_NEAR(*progress.per_second, 2, 1e-6);
  EXPECT_NEAR(*progress.seconds_left, 450, 1e-6);
  EXPECT_EQ(progress.unknown, "");
  EXPECT_EQ(ProgressText(progress), "100 of 1000 steps (10 %), 2.00 steps/s, about 8 min left");
  EXPECT_EQ(ShortProgress(progress), "10%");
}

TEST(JobProgressTest, WithoutATotalThereIsNoTimeLeft) {
  const JobProgress progress = JudgeProgress(Log(Marks(10, 1), {}), {}, 110);
  EXPECT_TRUE(progress.per_second.has_value());
  EXPECT_FALSE(progress.seconds_left.has_value());
  EXPECT_NE(progress.unknown, "");
  EXPECT_EQ(ShortProgress(progress), "10 steps");
}

TEST(JobProgressTest, TwoMarksAreNoSpeed) {
  const JobProgress progress = JudgeProgress(Log(Marks(2, 1), 10), {}, 102);
  EXPECT_EQ(progress.done, 2);
  EXPECT_FALSE(progress.per_second.has_value());
  EXPECT_FALSE(progress.seconds_left.has_value());
  EXPECT_EQ(ProgressText(progress),
            "2 of 10 steps (20 %); too few steps were told yet for a speed and the time left");
}

TEST(JobProgressTest, AStalledJobSaysSinceWhen) {
  const ToldProgress log = Log(Marks(10, 1), 100);
  EXPECT_FALSE(JudgeProgress(log, {}, 168).stalled_since) << "not yet a minute";
  const JobProgress progress = JudgeProgress(log, {}, 170);
  EXPECT_EQ(progress.stalled_since, 109);
  EXPECT_FALSE(progress.seconds_left.has_value());
  // Steps that take minutes anyway are not waited for in vain.
  EXPECT_FALSE(JudgeProgress(Log(Marks(5, 300), 100), {}, 1300 + 900).stalled_since);
  // One that is done waits for nothing.
  EXPECT_FALSE(JudgeProgress(Log(Marks(10, 1), 10), {}, 1000).stalled_since);
}

TEST(JobProgressTest, NothingToldIsUnknown) {
  const JobProgress progress = JudgeProgress({}, {}, 100);
  EXPECT_FALSE(progress.done.has_value());
  EXPECT_TRUE(ProgressText(progress).starts_with("unknown: "));
  EXPECT_EQ(ShortProgress(progress), "");
}

TEST(JobProgressTest, AWitnessWithATotalAndStepsIsBetter) {
  ToldProgress events = ToldByEvents(Marks(5, 10, 100), "step", std::nullopt);
  EXPECT_EQ(JudgeProgress(Log(Marks(50, 1), 60), events, 150).source, "log");
  EXPECT_EQ(JudgeProgress(Log(Marks(50, 1), {}), events, 150).source, "event files");
  events.unit = "epoch";
  EXPECT_EQ(JudgeProgress(Log(Marks(50, 1), {}), events, 150).source, "log");
  EXPECT_EQ(JudgeProgress({}, events, 150).unit, "epoch");
  EXPECT_EQ(JudgeProgress({}, events, 150).done, 104);
}

ProgressTrack Steps(int count, const std::string& tail = "") {
  ProgressTrack track;
  for (int i = 1; i <= count; ++i) track.Add(i, "step " + std::to_string(i) + tail);
  return track;
}

TEST(JobProgressTest, TheTotalIsThatOfTheArgumentsElseOfTheLines) {
  EXPECT_EQ(ToldBy(Steps(5), Asked(80, false)).total, 80);
  EXPECT_EQ(ToldBy(Steps(5, "/60"), std::nullopt).total, 60);
  EXPECT_EQ(ToldBy(Steps(5, "/60"), Asked(80, false)).total, 80);
  EXPECT_EQ(ToldBy(Steps(5), std::nullopt).total, std::nullopt);
  EXPECT_EQ(ToldBy(Steps(5), Asked(3, false)).total, std::nullopt) << "more was done";
  EXPECT_EQ(ToldBy(Steps(5, "/60"), Asked(3, false)).total, 60);
  EXPECT_EQ(ToldBy(Steps(5), Asked(3, true)).total, std::nullopt) << "epochs are no steps";
}

TEST(JobProgressTest, EpochsOfTheArgumentsAndStepsOfABar) {
  ProgressTrack track;
  for (int step = 10; step <= 30; step += 10)
    track.Add(step, std::to_string(step) + "/40 [====>...] - ETA: 1s");
  EXPECT_EQ(ToldBy(track, Asked(3, true)).total, 120);
}

TEST(JobProgressTest, ABarOfAnUnknownEpochTellsNothing) {
  ProgressTrack track({.from_start = false});
  for (int step = 10; step <= 30; step += 10)
    track.Add(step, std::to_string(step) + "/40 [====>...] - ETA: 1s");
  EXPECT_TRUE(ToldBy(track, std::nullopt).marks.empty());
  EXPECT_FALSE(ToldBy(track, Asked(40, false)).marks.empty()) << "one bar for all steps";
}

TEST(JobProgressTest, MeasuredUnitsHaveNoPlural) {
  JobProgress progress;
  progress.done = 37;
  progress.total = 120;
  progress.unit = "MB";
  progress.per_second = 4.1;
  EXPECT_EQ(ProgressText(progress), "37 of 120 MB (30 %), 4.10 MB/s");
}

TEST(JobProgressTest, OfAnEndedJobStaysWhatWasDone) {
  const JobProgress last = LastProgress(JudgeProgress(Log(Marks(10, 1), 10), {}, 110), false);
  EXPECT_EQ(ProgressText(last), "10 of 10 steps (100 %)");
  EXPECT_FALSE(last.per_second.has_value());
  ToldProgress epochs = Log(Marks(9, 1), 10);
  epochs.unit = "epoch";
  const JobProgress before = JudgeProgress(epochs, {}, 110);
  EXPECT_EQ(LastProgress(before, true).done, 10) << "the tenth was told when it began";
  EXPECT_EQ(LastProgress(before, false).done, 9);
}

TEST(JobProgressTest, FilesAreWrittenSeldom) {
  const ToldProgress events = ToldByEvents(Marks(10, 1), "step", Asked(100, false));
  EXPECT_FALSE(JudgeProgress({}, events, 109 + 200).stalled_since);
  EXPECT_EQ(JudgeProgress({}, events, 109 + 400).stalled_since, 109);
}

TEST(JobProgressTest, Durations) {
  EXPECT_EQ(DurationText(0.4), "0 s");
  EXPECT_EQ(DurationText(99), "99 s");
  EXPECT_EQ(DurationText(185), "3 min");
  EXPECT_EQ(DurationText(7500), "2 h 05 min");
  EXPECT_EQ(DurationText(4 * 86'400 + 3 * 3600), "4 days 3 h");
}

TEST(JobProgressTest, SeriesOfJudgingAreLeftOut) {
  EXPECT_TRUE(IsOfJudging("validation", "epoch_loss"));
  EXPECT_TRUE(IsOfJudging(".", "eval/loss"));
  EXPECT_TRUE(IsOfJudging("eval_master", "loss"));
  EXPECT_FALSE(IsOfJudging("train", "loss"));
  EXPECT_FALSE(IsOfJudging("latest", "interval"));
  EXPECT_TRUE(CountsEpochs("epoch_loss"));
  EXPECT_FALSE(CountsEpochs("batch_loss"));
}

}  // namespace
}  // namespace mlengine::insight
