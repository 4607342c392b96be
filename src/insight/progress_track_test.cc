#include "insight/progress_track.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace mlengine::insight {
namespace {

TEST(ProgressTrackTest, StepsRiseAndRepeatedOnesAreLeftOut) {
  ProgressTrack track;
  track.Add(1, "step 1");
  track.Add(2, "noise");
  track.Add(3, "step 2");
  track.Add(4, "step 2");
  track.Add(5, "step 3/9");
  track.Add(6, "step 4/9");
  track.Add(7, "step 5/9");
  EXPECT_EQ(track.LastStep(), 5);
  EXPECT_EQ(track.Total(), 9);
  EXPECT_EQ(track.Marks().size(), 3U);
  EXPECT_EQ(track.Unit(), "step");
}

TEST(ProgressTrackTest, BarsOfEpochsCountOn) {
  ProgressTrack track;
  double now = 0;
  for (int epoch = 1; epoch <= 3; ++epoch) {
    track.Add(now += 1, "Epoch " + std::to_string(epoch) + "/3");
    for (int step = 10; step <= 40; step += 10)
      track.Add(now += 1, std::to_string(step) + "/40 [====>...] - ETA: 1s");
  }
  EXPECT_EQ(track.LastStep(), 120);
  EXPECT_EQ(track.Marks().size(), 12U);
  EXPECT_EQ(track.Total(), 120);
}

TEST(ProgressTrackTest, ABarOfAnotherLengthIsAnotherThing) {
  ProgressTrack track;
  for (int step = 1; step <= 5; ++step)
    track.Add(step, std::to_string(step) + "/5 [==>] - ETA: 1s");
  for (int step = 1; step <= 2; ++step)
    track.Add(5 + step, std::to_string(step) + "/2 [==>] - ETA: 1s");
  EXPECT_EQ(track.LastStep(), 5);
  EXPECT_EQ(track.Total(), 5);
}

TEST(ProgressTrackTest, EpochsAloneAreTheUnit) {
  ProgressTrack track;
  for (int epoch = 1; epoch <= 4; ++epoch)
    track.Add(epoch * 10, "Epoch " + std::to_string(epoch) + "/20 loss 0.5");
  EXPECT_EQ(track.Unit(), "epoch");
  EXPECT_EQ(track.LastStep(), 4);
  EXPECT_EQ(track.Total(), 20);
}

TEST(ProgressTrackTest, AJudgingLastsFromItsStepToItsLastLine) {
  ProgressTrack track;
  track.Add(1, "validation accuracy before any step");
  track.Add(10, "step 100");
  track.Add(10.5, "Step 100: Validation accuracy = 60%");
  track.Add(10.75, "Final test accuracy = 61%");
  track.Add(20, "step 200");
  track.Add(21, "Step 200: Validation accuracy = 70%");
  EXPECT_EQ(track.Evaluations(), (std::vector<double>{0.75, 1}));
  EXPECT_EQ(track.LastStep(), 200);
}

TEST(ProgressTrackTest, AnyNumbersLeaveMarksThatRise) {
  std::mt19937 random(4);
  ProgressTrack track;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t number = std::uint64_t{random()} << (random() % 33);
    const std::uint64_t total = random() % 4 == 0 ? random() % 100 : ~std::uint64_t{0} >> 1;
    const char* words[] = {"step ", "epoch ", "", "batch "};
    track.Add(i, words[random() % 4] + std::to_string(number) + "/" + std::to_string(total) +
                     (random() % 2 == 0 ? " [" : ""));
  }
  std::int64_t last = -1;
  for (const StepMark& mark : track.Marks()) {
    EXPECT_GT(mark.steps, last);
    last = mark.steps;
  }
  EXPECT_GE(track.Total().value_or(0), 0);
}

TEST(ProgressTrackTest, FewMarksOfALongRunAreKept) {
  ProgressTrack track({.marks = 64});
  for (int step = 1; step <= 100'000; ++step) track.Add(step, "step " + std::to_string(step));
  const std::vector<StepMark> marks = track.Marks();
  EXPECT_LE(marks.size(), 64U);
  EXPECT_GE(marks.size(), 16U);
  EXPECT_EQ(marks.back().steps, 100'000);
  for (std::size_t i = 1; i < marks.size(); ++i) EXPECT_LT(marks[i - 1].steps, marks[i].steps);
}

TEST(ProgressTrackTest, LinesOfOneMomentAreOneMark) {
  ProgressTrack track({.least_gap = 0.1});
  // A buffered output comes in blocks.
  for (int block = 1; block <= 5; ++block) {
    for (int step = 1; step <= 50; ++step)
      track.Add(block * 10, "step " + std::to_string((block - 1) * 50 + step));
  }
  EXPECT_LE(track.Marks().size(), 10U);
  EXPECT_EQ(track.LastStep(), 250);
}

TEST(ProgressTrackTest, ABarInALaterEpochCountsTheEpochsBefore) {
  ProgressTrack track({.from_start = false});
  track.Add(1, "Epoch 3/5");
  for (int step = 10; step <= 30; step += 10)
    track.Add(step, std::to_string(step) + "/40 [====>...] - ETA: 1s");
  EXPECT_FALSE(track.IsDoubtful());
  EXPECT_EQ(track.LastStep(), 110);
  EXPECT_EQ(track.Total(), 200);
}

TEST(ProgressTrackTest, ABarWhoseEpochIsNotKnownIsDoubtful) {
  ProgressTrack from_middle({.from_start = false});
  ProgressTrack later_epoch;
  later_epoch.Add(0, "Epoch 7:");
  for (int step = 10; step <= 30; step += 10) {
    const std::string bar = std::to_string(step) + "/40 [====>...] - ETA: 1s";
    from_middle.Add(step, bar);
    later_epoch.Add(step, bar);
  }
  EXPECT_TRUE(from_middle.IsDoubtful());
  EXPECT_TRUE(later_epoch.IsDoubtful()) << "its epochs may be counted from 0 or from 1";
}

TEST(ProgressTrackTest, EpochsThatBeginAgainHaveNoTotal) {
  ProgressTrack track;
  for (int fit = 0; fit < 2; ++fit) {
    for (int epoch = 1; epoch <= 2; ++epoch) {
      track.Add(fit * 10 + epoch, "Epoch " + std::to_string(epoch) + "/2");
      for (int step = 10; step <= 40; step += 10)
        track.Add(fit * 10 + epoch, std::to_string(step) + "/40 [====>...] - ETA: 1s");
    }
  }
  EXPECT_EQ(track.Total(), std::nullopt) << "there may be a third one";
  EXPECT_EQ(track.LastStep(), 160);
}

TEST(ProgressTrackTest, OneLineAnEpochWithAllItsSteps) {
  ProgressTrack track;
  for (int epoch = 1; epoch <= 3; ++epoch) {
    track.Add(epoch * 10, "Epoch " + std::to_string(epoch) + "/5");
    track.Add(epoch * 10 + 9, "20/20 - 9s - loss: 0.5");
  }
  EXPECT_EQ(track.LastStep(), 60);
  EXPECT_EQ(track.Total(), 100);
}

TEST(ProgressTrackTest, AnEpochThatBeginsIsNotDone) {
  ProgressTrack begins;
  ProgressTrack ends;
  ProgressTrack from_zero;
  for (int epoch = 1; epoch <= 3; ++epoch) {
    begins.Add(epoch, "=== Epoch " + std::to_string(epoch) + "/3 ===");
    ends.Add(epoch, "Epoch " + std::to_string(epoch) + "/3, loss 0.5");
    from_zero.Add(epoch, "epoch " + std::to_string(epoch - 1) + ": loss 0.5");
  }
  EXPECT_EQ(begins.LastStep(), 2);
  EXPECT_EQ(ends.LastStep(), 3);
  EXPECT_EQ(from_zero.LastStep(), 3);
}

TEST(ProgressTrackTest, TheArgumentsMayTellTheEpochs) {
  ProgressTrack track;
  for (int step = 10; step <= 30; step += 10)
    track.Add(step, std::to_string(step) + "/40 [====>...] - ETA: 1s");
  EXPECT_EQ(track.TotalOfEpochs(3), 120);
}

}  // namespace
}  // namespace mlengine::insight
