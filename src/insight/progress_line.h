// What one line of a program's output tells of its progress: "step N", "Step #N", "step N/M",
// "global_step=N", "Epoch n/m", bars of tqdm and Keras, the lines of TensorFlow's Estimator. Pure;
// takes any bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mlengine::insight {

struct Progress {
  // Steps done, and of how many; within its bar when `is_bar`. Iterations and batches are steps.
  std::optional<std::int64_t> step{};
  std::optional<std::int64_t> total{};
  std::optional<std::int64_t> epoch{};
  std::optional<std::int64_t> epochs{};
  std::optional<double> steps_per_second{};  // as the program reckons it
  bool is_bar = false;                       // a bar, which may begin again in each epoch
  bool is_evaluation = false;                // the model is judged, not trained
  friend bool operator==(const Progress&, const Progress&) = default;
};

// Of a bar redrawn with '\r' the last state counts; colours are skipped; of a line longer than
// 4 KiB the beginning counts. Nothing for a line without progress.
std::optional<Progress> ParseProgress(std::string_view line);

}  // namespace mlengine::insight
