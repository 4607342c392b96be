// Floating-point numbers of 16 bits, as TensorFlow has them: float16 and bfloat16. Pure.
#pragma once

#include <cstdint>

namespace mlengine::tensors {

struct SmallFloat {
  int fraction_bits;
  int bias;  // of the exponent
};
constexpr SmallFloat kFloat16{10, 15};
constexpr SmallFloat kBfloat16{7, 127};

// The nearest one, the even one of two; infinity for what is beyond.
std::uint16_t ToSmallFloat(SmallFloat kind, double value);
double FromSmallFloat(SmallFloat kind, std::uint16_t bits);

}  // namespace mlengine::tensors
