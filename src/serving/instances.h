// Instances: the inputs of a prediction, from the JSON of a request to tensors, by the rules of the
// original's prediction server. Pure.
#pragma once

#include <boost/json/fwd.hpp>
#include <vector>

#include "base/result.h"
#include "serving/signature.h"
#include "tensors/tensor.h"

namespace mlengine::serving {

// One tensor for each input, its first dimension the instances. INVALID_ARGUMENT, in the original's
// words where it had some, says which instance and input is wrong.
Result<std::vector<tensors::Tensor>> TensorsOf(const boost::json::array& instances,
                                               const Signature& signature);

}  // namespace mlengine::serving
