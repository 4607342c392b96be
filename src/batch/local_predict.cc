#include "batch/local_predict.h"

#include <memory>
#include <utility>

#include "serving/predictor.h"
#include "serving/server_process.h"
#include "serving/worker_folder.h"
#include "serving/worker_predictor.h"

namespace mlengine::batch {
namespace {

constexpr std::chrono::milliseconds kRunTimeout{600'000};

}  // namespace

Result<std::string> PredictLocally(const LocalPrediction& local, const std::string& request,
                                   const std::string& model_server) {
  // What TensorFlow prints of itself is of no interest beside the error that it answers.
  const serving::ServerProcessSpec spec{
      .words = {model_server, "--library", local.library, "--model-dir", local.model_dir,
                "--run-threads", "2"},
      .log_file = "/dev/null"};
  MLENGINE_ASSIGN_OR_RETURN(const std::shared_ptr<serving::ServerProcess> process,
                            serving::ServerProcess::Start(spec));
  MLENGINE_ASSIGN_OR_RETURN(
      serving::Prediction prediction,
      serving::Predict(request, process->signatures(), [&process](const auto& run, bool) {
        return process->Run(run, kRunTimeout);
      }));
  return std::move(prediction.body);
}

Result<std::string> PredictByLocalWorker(const LocalWorker& local, const std::string& request) {
  MLENGINE_ASSIGN_OR_RETURN(const std::string folder, serving::WorkerFolder());
  const serving::ServerProcessSpec spec{
      .words = {local.python, "-B", folder, "--kind", local.kind, "--model-dir", local.model_dir,
                "--limit", std::to_string(kRunTimeout.count() / 1000)},
      .log_file = "/dev/null"};
  MLENGINE_ASSIGN_OR_RETURN(const std::shared_ptr<serving::ServerProcess> process,
                            serving::ServerProcess::Start(spec));
  MLENGINE_ASSIGN_OR_RETURN(serving::Prediction prediction,
                            serving::PredictByWorker(request, [&process](std::string_view body) {
                              return process->Predict(body, kRunTimeout);
                            }));
  return std::move(prediction.body);
}

}  // namespace mlengine::batch
