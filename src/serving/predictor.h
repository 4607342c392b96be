// Predict: one request to a TensorFlow version, from the body that came in to the one that goes
// out. Pure but for the run that it is given.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "serving/signature.h"
#include "tensors/message.h"

namespace mlengine::serving {

// Not OK: the model could not be reached; the status is the answer. What the model itself says is
// in the answer. With `rows` the signature has a row for each instance in all that goes in and
// comes out, so that the run may be shared with other requests.
using RunFunction =
    std::function<Result<tensors::RunAnswer>(const tensors::RunRequest& request, bool rows)>;

// The predictions of some instances one by one, for batches.
struct PredictedRows {
  // Of each instance the JSON of every output, in the order of Signature::outputs.
  std::vector<std::vector<std::string>> rows;
  // Not empty: what the model refuses, in the original's words, and there are no rows.
  std::string fault;
};

// Not OK: what `run` fails with. A model that does not answer one row for each instance is at
// fault.
Result<PredictedRows> PredictRows(const boost::json::array& instances, const Signature& signature,
                                  const RunFunction& run);

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
