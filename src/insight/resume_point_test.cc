#include "insight/resume_point.h"

#include <gtest/gtest.h>

#include <string>

namespace mlengine::insight {
namespace {

ResumeTrack TrackOf(std::optional<StepCount> before, std::initializer_list<const char*> lines) {
  ResumeTrack track(before);
  std::int64_t stamp = 0;
  for (const char* line : lines) track.Add(++stamp, line);
  return track;
}

TEST(ResumePointTest, WhatLinesSayOfCheckpoints) {
  EXPECT_EQ(SavedStep("saved checkpoint at step 200"), 200);
  EXPECT_EQ(SavedStep("INFO:tensorflow:Saving checkpoints for 400 into gs://b/j/model.ckpt."), 400);
  EXPECT_EQ(SavedStep("Model weights saved in out/checkpoint-500/pytorch_model.bin"), 500);
  EXPECT_EQ(SavedStep("step 200 loss 0.5"), std::nullopt);
  EXPECT_EQ(SavedStep("saved 20 images"), std::nullopt);
  EXPECT_EQ(ResumedStep("resumed from step 200"), 200);
  EXPECT_EQ(ResumedStep("INFO:tensorflow:Restoring parameters from gs://b/j/model.ckpt-400"), 400);
  EXPECT_EQ(ResumedStep("Resuming training at epoch 3/10"), 3);
  EXPECT_EQ(ResumedStep("step 200"), std::nullopt);
  EXPECT_EQ(ResumedStep("the presumed best"), std::nullopt);
}

TEST(ResumePointTest, CountsOnlyWhatCountsFromTheBeginning) {
  EXPECT_EQ(CountedStep("step 7/100")->count, 7);
  EXPECT_FALSE(CountedStep("step 7/100")->is_epoch);
  EXPECT_TRUE(CountedStep("Epoch 3/10")->is_epoch);
  EXPECT_FALSE(CountedStep(" 45/1000 [>.....] - ETA: 5s").has_value());
  EXPECT_FALSE(CountedStep("validation accuracy at step 400 = 0.8").has_value());
  EXPECT_FALSE(CountedStep("hello").has_value());
}

TEST(ResumePointTest, ItsOwnWordsComeFirst) {
  const ResumeTrack track =
      TrackOf(StepCount{43, false}, {"loading", "resumed from step 40", "step 41", "step 42",
                                     "step 43", "step 44", "saved checkpoint at step 44"});
  EXPECT_TRUE(track.said());
  EXPECT_EQ(track.resumed_from(), 40);
  EXPECT_EQ(track.passed_at_ns(), 6);
  EXPECT_EQ(track.last_step(), 44);
  EXPECT_TRUE(track.is_settled());
}

TEST(ResumePointTest, ElseItsFirstSteps) {
  const ResumeTrack track = TrackOf(StepCount{100, false}, {"step 60", "step 70"});
  EXPECT_FALSE(track.said());
  EXPECT_EQ(track.resumed_from(), 50);
  EXPECT_FALSE(track.passed_at_ns().has_value());
  EXPECT_EQ(TrackOf(StepCount{100, false}, {"step 1", "step 2"}).resumed_from(), 0);
  // A program that prints every hundredth, from the first on.
  EXPECT_EQ(TrackOf(StepCount{100, false}, {"step = 1", "step = 101"}).resumed_from(), 0);
  EXPECT_EQ(TrackOf({}, {"begins"}).resumed_from(), std::nullopt);
}

TEST(ResumePointTest, AWordAboutAStepLaterOnIsNoResume) {
  const ResumeTrack track =
      TrackOf(StepCount{5, false}, {"step 1", "step 2", "restored best weights of step 1"});
  EXPECT_FALSE(track.said());
  EXPECT_EQ(track.resumed_from(), 0);
}

TEST(ResumePointTest, EpochsAndStepsAreKeptApart) {
  const ResumeTrack track = TrackOf(StepCount{3, true}, {"step 900", "Epoch 3/10", "Epoch 4/10"});
  EXPECT_EQ(track.resumed_from(), 2);
  EXPECT_EQ(track.passed_at_ns(), 3);
}

}  // namespace
}  // namespace mlengine::insight
