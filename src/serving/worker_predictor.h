// PredictByWorker: one request to a version that Python answers for, from the body that came in to
// the one that goes out. Pure but for the worker that it asks.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "serving/predictor.h"
#include "tensors/message.h"

namespace mlengine::serving {

// Not OK: the worker could not be reached; the status is the answer.
using AskWorker = std::function<Result<tensors::WorkerAnswer>(std::string_view body)>;

// As Predict in predictor.h, and with its errors. The worker gets the body as it came, once it is
// JSON with a list of instances.
Result<Prediction> PredictByWorker(std::string_view body, const AskWorker& ask);

}  // namespace mlengine::serving
