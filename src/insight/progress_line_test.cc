#include "insight/progress_line.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace mlengine::insight {
namespace {

struct LineCase {
  const char* line;
  std::optional<Progress> expected;
};

void Check(const LineCase& one) {
  const std::optional<Progress> got = ParseProgress(one.line);
  ASSERT_EQ(got.has_value(), one.expected.has_value()) << one.line;
  if (!got) return;
  EXPECT_EQ(got->step, one.expected->step) << one.line;
  EXPECT_EQ(got->total, one.expected->total) << one.line;
  EXPECT_EQ(got->epoch, one.expected->epoch) << one.line;
  EXPECT_EQ(got->epochs, one.expected->epochs) << one.line;
  EXPECT_EQ(got->is_bar, one.expected->is_bar) << one.line;
  EXPECT_EQ(got->is_evaluation, one.expected->is_evaluation) << one.line;
  ASSERT_EQ(got->steps_per_second.has_value(), one.expected->steps_per_second.has_value())
      << one.line;
  if (got->steps_per_second) {
    EXPECT_NEAR(*got->steps_per_second, *one.expected->steps_per_second, 1e-6) << one.line;
  }
}

Progress Step(std::int64_t step, std::optional<std::int64_t> total = {}) {
  return {.step = step, .total = total};
}

TEST(ProgressLineTest, LinesOfSteps) {
  const LineCase cases[] = {
      {"step 100", Step(100)},
      {"Step #12: rate 0.001000, accuracy 10.0%, cross entropy 2.484430", Step(12)},
      {"Step 5/100 loss=2", Step(5, 100)},
      {"step 5 of 100", Step(5, 100)},
      {"Step [10/200], Loss: 0.5", Step(10, 200)},
      {"global_step=1234 loss=0.5", Step(1234)},
      {"global step 7: loss 0.1", Step(7)},
      {"train_step: 9", Step(9)},
      {R"({"loss": 0.5, "step": 300})", Step(300)},
      {"Iteration 40, loss = 0.3", Step(40)},
      {"iter 40/80", Step(40, 80)},
      {"INFO:tensorflow:loss = 0.1, step = 101 (0.512 sec)", Step(101)},
      {"step 1,000: loss", Step(1000)},
      {"step 100.", Step(100)},
      {"\x1b[1mstep 3\x1b[0m", Step(3)},
      {"INFO:tensorflow:global_step/sec: 12.5", Progress{.steps_per_second = 12.5}},
  };
  for (const LineCase& one : cases) Check(one);
}

TEST(ProgressLineTest, Bars) {
  const LineCase cases[] = {
      {" 45%|####5     | 450/1000 [00:10<00:12, 45.0it/s]",
       Progress{.step = 450, .total = 1000, .steps_per_second = 45, .is_bar = true}},
      {"train: 45%|####  | 9/20 [00:10<00:12,  2.00s/it, loss=0.5]",
       Progress{.step = 9, .total = 20, .steps_per_second = 0.5, .is_bar = true}},
      {"450it [00:10, 45.0it/s]", Progress{.step = 450, .steps_per_second = 45, .is_bar = true}},
      {"10%|#  | 1/10\r20%|##  | 2/10 [00:01<00:08,  1.00it/s]",
       Progress{.step = 2, .total = 10, .steps_per_second = 1, .is_bar = true}},
      {"450/1000 [====>.....] - ETA: 5s - loss: 0.5",
       Progress{.step = 450, .total = 1000, .is_bar = true}},
      {"1000/1000 [==========] - 3s 3ms/step - loss: 0.5 - val_loss: 0.6",
       Progress{.step = 1000, .total = 1000, .steps_per_second = 1000.0 / 3, .is_bar = true}},
      {"\x1b[1m45/90\x1b[0m \x1b[32m\xE2\x94\x81\xE2\x94\x81\x1b[0m \x1b[1m5s\x1b[0m 12ms/step",
       Progress{.step = 45, .total = 90, .steps_per_second = 1000.0 / 12, .is_bar = true}},
      {"\b\b\b\b 7/50 [=>....] - ETA: 2s", Progress{.step = 7, .total = 50, .is_bar = true}},
      {"90/90 - 3s - loss: 0.5", Progress{.step = 90, .total = 90, .is_bar = true}},
      {"Epoch 2/3:  50%|##  | 5/10 [00:01<00:01, 4.0batch/s]",
       Progress{
           .step = 5, .total = 10, .epoch = 2, .epochs = 3, .steps_per_second = 4, .is_bar = true}},
      {"Evaluating:  50%|##  | 5/10 [00:01<00:01, 4.0it/s]",
       Progress{
           .step = 5, .total = 10, .steps_per_second = 4, .is_bar = true, .is_evaluation = true}},
  };
  for (const LineCase& one : cases) Check(one);
}

TEST(ProgressLineTest, EpochsAndJudgings) {
  const LineCase cases[] = {
      {"Epoch 1/3", Progress{.epoch = 1, .epochs = 3}},
      {"epoch: 2, loss 0.5", Progress{.epoch = 2}},
      {"Epoch [2/5], Step [10/200], Loss: 0.5",
       Progress{.step = 10, .total = 200, .epoch = 2, .epochs = 5}},
      {"Step 200: Validation accuracy = 63.5% (N=288)",
       Progress{.step = 200, .is_evaluation = true}},
      {"INFO:tensorflow:Saving dict for global step 1000: accuracy = 0.9, global_step = 1000",
       Progress{.step = 1000, .is_evaluation = true}},
      {"Final test accuracy = 84.0% (N=288)", Progress{.is_evaluation = true}},
  };
  for (const LineCase& one : cases) Check(one);
}

TEST(ProgressLineTest, OtherLinesTellNothing) {
  for (const char* line : {"",
                           "\r",
                           "hello",
                           "how_many_training_steps=1000",
                           "--eval_step_interval=400",
                           "step_size = 5",
                           "stepping 5 times",
                           "footstep 4",
                           "step 1.5",
                           "step 12s",
                           "step 10k",
                           "Saving checkpoints for 100 into model.ckpt",
                           "batch_size=50",
                           "10 steps",
                           "2018/01/02 [x]a",
                           "Steps by worker: worker 0 did 10",
                           "1.5/3 [",
                           "Downloading: 5%|# | 5/100 [00:01<00:02]",
                           "step 99999999999999999999999",
                           "epochs=3",
                           "interval_loss 4"}) {
    EXPECT_EQ(ParseProgress(line), std::nullopt) << line;
  }
}

TEST(ProgressLineTest, ANumberLongerThanALineIsNoProgress) {
  EXPECT_EQ(ParseProgress("step " + std::string(100'000, '9')), std::nullopt);
  EXPECT_EQ(ParseProgress("step 5 " + std::string(100'000, 'x'))->step, 5);
}

// Any bytes: random ones, and pieces of the grammar in random order.
TEST(ProgressLineTest, TakesAnyBytes) {
  std::mt19937 random(20180102);
  const char* pieces[] = {"step", "global_step", "/sec", "epoch",        " ",     "#",
                          "/",    "[",           "]",    "12",           "1,234", "0",
                          ".5",   "it/s",        "s/it", "\r",           "\x1b[", "|",
                          "=",    ":",           "of ",  "\xE2\x94\x81", "val_",  "\b"};
  for (int round = 0; round < 20'000; ++round) {
    std::string line;
    const std::size_t length = random() % 24;
    for (std::size_t i = 0; i < length; ++i) {
      if (round % 2 == 0) {
        line += static_cast<char>(random() % 256);
      } else {
        line += pieces[random() % std::size(pieces)];
      }
    }
    const std::optional<Progress> got = ParseProgress(line);
    if (!got) continue;
    EXPECT_GE(got->step.value_or(0), 0) << line;
    EXPECT_GE(got->total.value_or(0), 0) << line;
    EXPECT_GT(got->steps_per_second.value_or(1), 0) << line;
  }
}

}  // namespace
}  // namespace mlengine::insight
