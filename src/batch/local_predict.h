// LocalPredict: the predictions of a SavedModel in a local folder, without an engine.
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

}  // namespace mlengine::batch
