// The number in a TensorFlow tensor of one element, as summaries of scalars hold it. Pure; takes
// any bytes.
#pragma once

#include <optional>
#include <string_view>

namespace mlengine::insight {

// `tensor` is a message TensorProto. Nothing when it has more than one element, another type than
// float, double, half, bfloat16, int32, int64 or bool, or is no such message.
std::optional<double> ScalarOfTensor(std::string_view tensor);

// The double with the shortest decimal that reads back as `value`.
double WidenFloat(float value);

}  // namespace mlengine::insight
