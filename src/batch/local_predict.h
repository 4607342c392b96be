// LocalPredict: the predictions of a model in a local folder, without an engine.
#pragma once

#include <string>

#include "base/result.h"

namespace mlengine::batch {

struct LocalPrediction {
  std::string library;    // TensorFlow's C library
  std::string model_dir;  // with saved_model.pb
};

// `request` is what online prediction takes ({"instances": […], "signature_name": …}); the answer
// is what it gives. Not OK: the model cannot be loaded.
Result<std::string> PredictLocally(const LocalPrediction& local, const std::string& request,
                                   const std::string& model_server);

struct LocalWorker {
  std::string python;     // an interpreter that has the framework
  std::string kind;       // of the model, as the Python worker names it: "scikit-learn"
  std::string model_dir;  // with the model's file
};

// The same of a model that Python answers for.
Result<std::string> PredictByLocalWorker(const LocalWorker& local, const std::string& request);

}  // namespace mlengine::batch
