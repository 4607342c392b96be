// Predict: one request to a TensorFlow version, from the body that came in to the one that goes
// out. Pure but for the run that it is given.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "serving/signature.h"
#include "tensors/message.h"

namespace mlengine::serving {

// Not OK: the model could not be reached; the status is the answer. What the model itself says is
// in the answer. With `rows` the signature has a row for each instance in all that goes in and
// comes out, so that the run may be shared with other requests.
using RunFunction =
    std::function<Result<tensors::RunAnswer>(const tensors::RunRequest& request, bool rows)>;

struct Prediction {
  // {"predictions": […]}; or, as the original says what the model refuses,
  // {"error": "Prediction failed: …"}.
  std::string body;
  bool refused = false;
  std::uint64_t instances = 0;  // that were answered
};

// Not OK, and to be told as an error of the API: a body that is not JSON, and what `run` fails
// with.
Result<Prediction> Predict(std::string_view body, const Signatures& signatures,
                           const RunFunction& run);

}  // namespace mlengine::serving
