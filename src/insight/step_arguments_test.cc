#include "insight/step_arguments.h"

#include <gtest/gtest.h>

namespace mlengine::insight {
namespace {

using Words = std::vector<std::string>;

TEST(StepArgumentsTest, FindsTheUsualFlags) {
  struct Case {
    Words arguments;
    std::int64_t total;  // 0: none
    bool is_epochs = false;
  };
  const Case cases[] = {
      {{"--train_steps=1000"}, 1000},
      {{"--lr", "0.1", "--max-steps", "500"}, 500},
      {{"--how_many_training_steps=800,200"}, 1000},
      {{"--STEPS=5"}, 5},
      {{"--epochs=3"}, 3, true},
      {{"--epochs=3", "--train_steps=100"}, 100},
      {{"--train_steps=100", "--train_steps=200"}, 200},
      {{}, 0},
      {{"train_steps=100"}, 0},
      {{"--train_steps"}, 0},
      {{"--train_steps=many"}, 0},
      {{"--train_steps=-5"}, 0},
      {{"--train_steps=0"}, 0},
      {{"--train_steps=1,,2"}, 0},
      {{"--train_steps=99999999999999999999"}, 0},
      {{"--eval_steps=100", "--save_step_interval=5"}, 0},
  };
  for (const Case& one : cases) {
    const std::optional<LengthFlag> flag = FindLengthFlag(one.arguments);
    EXPECT_EQ(flag ? flag->total() : 0, one.total);
    EXPECT_EQ(flag && flag->is_epochs, one.is_epochs);
  }
}

Words Shortened(const Words& arguments, std::int64_t steps) {
  return WithLength(arguments, *FindLengthFlag(arguments), steps);
}

TEST(StepArgumentsTest, ShortensAllPhasesAlike) {
  EXPECT_EQ(Shortened({"a", "--train_steps=1000", "b"}, 100),
            (Words{"a", "--train_steps=100", "b"}));
  EXPECT_EQ(Shortened({"--max-steps", "1000"}, 7), (Words{"--max-steps", "7"}));
  EXPECT_EQ(Shortened({"--how_many_training_steps=2400,600"}, 300),
            (Words{"--how_many_training_steps=240,60"}));
  EXPECT_EQ(Shortened({"--how_many_training_steps=2,1"}, 1),
            (Words{"--how_many_training_steps=1,0"}));
}

TEST(StepArgumentsTest, FindsHowOftenTheModelIsJudged) {
  EXPECT_EQ(EvaluationInterval({"--eval_step_interval=400"}), 400);
  EXPECT_EQ(EvaluationInterval({"--validate-every", "50"}), 50);
  EXPECT_EQ(EvaluationInterval({"--eval_steps=100"}), std::nullopt);  // of one judging
  EXPECT_EQ(EvaluationInterval({"--save_step_interval=100", "--eval_interval=0"}), std::nullopt);
}

}  // namespace
}  // namespace mlengine::insight
