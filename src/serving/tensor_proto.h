// A tensor as TensorFlow's TensorProto has it on the wire. Pure; takes any bytes.
#pragma once

#include <string_view>

#include "base/result.h"
#include "tensors/tensor.h"

namespace mlengine::serving {

// Without a name. INVALID_ARGUMENT for bytes that are none, a type that cannot travel
// (tensors::TensorType), and values that do not fill the shape.
Result<tensors::Tensor> ReadTensorProto(std::string_view bytes);

}  // namespace mlengine::serving
