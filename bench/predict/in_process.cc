// The model of the prediction benchmark, called in this process through TensorFlow's C library:
// what a server's answer is held against.
//
//   predict_in_process LIBRARY MODEL_DIR INPUT OUTPUT INSTANCES VALUES SECONDS
//
// INPUT and OUTPUT are names of tensors in the graph; the input is float32 of shape [INSTANCES,
// VALUES]. Prints one line of JSON as predict_load does.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "model_server/tensorflow_model.h"

namespace mlengine::bench {
namespace {

using Clock = std::chrono::steady_clock;

tensors::RunRequest MakeRequest(const std::string& input, const std::string& output,
                                std::int64_t instances, std::int64_t values) {
  const std::vector<float> numbers(static_cast<std::size_t>(instances * values), 0.5F);
  tensors::Tensor tensor{input, tensors::TensorType::kFloat, {instances, values}, {}, {}};
  tensor.data.assign(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(float));
  return {{tensor}, {output}};
}

Status Run(char** words) {
  MLENGINE_ASSIGN_OR_RETURN(const model_server::TensorFlowApi api,
                            model_server::LoadTensorFlow(words[0]));
  MLENGINE_ASSIGN_OR_RETURN(const std::unique_ptr<model_server::TensorFlowModel> model,
                            model_server::TensorFlowModel::Load(api, {.folder = words[1]}));
  const tensors::RunRequest request =
      MakeRequest(words[2], words[3], std::atoll(words[4]), std::atoll(words[5]));
  for (int i = 0; i < 50; ++i) MLENGINE_RETURN_IF_ERROR(model->Run(request).status);
  std::vector<float> micros;
  const Clock::time_point begun = Clock::now();
  const auto end = begun + std::chrono::duration<double>(std::atof(words[6]));
  Clock::time_point now = begun;
  while (now < end) {
    MLENGINE_RETURN_IF_ERROR(model->Run(request).status);
    const Clock::time_point after = Clock::now();
    micros.push_back(std::chrono::duration<float, std::micro>(after - now).count());
    now = after;
  }
  std::sort(micros.begin(), micros.end());
  const auto at = [&micros](double share) {
    return micros[static_cast<std::size_t>(share * static_cast<double>(micros.size()))];
  };
  std::printf(
      "{\"count\": %zu, \"wrong\": 0, \"seconds\": %.4f, \"p50\": %.1f, \"p90\": %.1f, "
      "\"p99\": %.1f, \"max\": %.1f}\n",
      micros.size(), std::chrono::duration<double>(now - begun).count(), at(0.5), at(0.9), at(0.99),
      micros.back());
  return OkStatus();
}

}  // namespace
}  // namespace mlengine::bench

int main(int argc, char** argv) {
  if (argc != 8) {
    std::fprintf(stderr, "usage: see in_process.cc\n");
    return 2;
  }
  const mlengine::Status status = mlengine::bench::Run(argv + 1);
  if (!status.ok()) std::fprintf(stderr, "predict_in_process: %s\n", status.message().c_str());
  std::fflush(nullptr);
  std::_Exit(status.ok() ? 0 : 1);
}
