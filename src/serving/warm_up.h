// Warm-up: the requests that a SavedModel brings along in assets.extra/tf_serving_warmup_requests
// (TFRecord frames of TensorFlow Serving's PredictionLog), which a new process runs before it is
// asked anything else, so that the first one who asks does not wait for what TensorFlow prepares.
// Pure; takes any bytes.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "serving/signature.h"
#include "tensors/message.h"

namespace mlengine::serving {

// In the folder of a model.
inline constexpr std::string_view kWarmUpFile = "assets.extra/tf_serving_warmup_requests";
inline constexpr std::size_t kMostWarmUpBytes = 64U << 20;
inline constexpr std::size_t kMostWarmUps = 1000;  // TensorFlow Serving's

// The runs that the records ask for. INVALID_ARGUMENT says which record is none of a request to
// predict that this model takes.
Result<std::vector<tensors::RunRequest>> ReadWarmUp(std::string_view file,
                                                    const Signatures& signatures);

// Reads the file of the model in `folder`, where it has one, and runs its requests one after the
// other. What goes wrong with one of them is an error, as it is for TensorFlow Serving.
using RunOnce = std::function<Result<tensors::RunAnswer>(const tensors::RunRequest&)>;
Status WarmUp(const std::string& folder, const Signatures& signatures, const RunOnce& run);

}  // namespace mlengine::serving
