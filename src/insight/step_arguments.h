// What the arguments of a training program tell of its length, by the usual names of flags. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlengine::insight {

// "--train_steps=1000", "--max-steps 1000", "--how_many_training_steps=800,200".
struct LengthFlag {
  std::string name;                  // as written: "--train_steps"
  std::size_t argument = 0;          // the one that holds the value
  std::vector<std::int64_t> values;  // of the phases
  bool is_epochs = false;            // it counts epochs, not steps

  std::int64_t total() const;
};

// The last of the flags that tell how many steps to train; one of epochs only where there is none.
std::optional<LengthFlag> FindLengthFlag(const std::vector<std::string>& arguments);

// `arguments` with another length there, at most `steps` in all and at least 1, shared among the
// phases as before.
std::vector<std::string> WithLength(const std::vector<std::string>& arguments,
                                    const LengthFlag& flag, std::int64_t steps);

// After how many steps the model is judged each time ("--eval_step_interval=400"); unset when the
// arguments do not tell.
std::optional<std::int64_t> EvaluationInterval(const std::vector<std::string>& arguments);

}  // namespace mlengine::insight
