#include "tensors/small_float.h"

#include <cmath>
#include <limits>

namespace mlengine::tensors {
namespace {

// All ones: infinity, or with a fraction no number.
int TopExponent(SmallFloat kind) {
  return 2 * kind.bias + 1;
}

std::uint16_t Bits(SmallFloat kind, bool negative, int exponent, int fraction) {
  return static_cast<std::uint16_t>((negative ? 1U << 15 : 0U) |
                                    static_cast<unsigned>(exponent << kind.fraction_bits) |
                                    static_cast<unsigned>(fraction));
}

}  // namespace

std::uint16_t ToSmallFloat(SmallFloat kind, double value) {
  const bool negative = std::signbit(value);
  if (std::isnan(value))
    return Bits(kind, negative, TopExponent(kind), 1 << (kind.fraction_bits - 1));
  if (std::isinf(value)) return Bits(kind, negative, TopExponent(kind), 0);
  if (value == 0) return Bits(kind, negative, 0, 0);
  int exponent = 0;  // value = 0.5 to 1 times two to it
  std::frexp(value, &exponent);
  // In units of the last place, which for the smallest numbers is no smaller than theirs.
  const int smallest = 2 - kind.bias;
  const int unit = (exponent < smallest ? smallest : exponent) - 1 - kind.fraction_bits;
  if (exponent > kind.bias + 2) return Bits(kind, negative, TopExponent(kind), 0);
  auto units = static_cast<int>(std::nearbyint(std::ldexp(std::fabs(value), -unit)));
  // The implied one is carried into the exponent, and so is what rounding carries over.
  const int field = exponent < smallest ? 0 : exponent + kind.bias - 2;
  units += field << kind.fraction_bits;
  if (units >= TopExponent(kind) << kind.fraction_bits)
    return Bits(kind, negative, TopExponent(kind), 0);
  return Bits(kind, negative, 0, units);
}

double FromSmallFloat(SmallFloat kind, std::uint16_t bits) {
  const int fraction = bits & ((1 << kind.fraction_bits) - 1);
  const int exponent = (bits & 0x7fff) >> kind.fraction_bits;
  double size = 0;
  if (exponent == TopExponent(kind)) {
    size = fraction == 0 ? std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  } else if (exponent == 0) {
    size = std::ldexp(fraction, 1 - kind.bias - kind.fraction_bits);
  } else {
    size =
        std::ldexp(fraction + (1 << kind.fraction_bits), exponent - kind.bias - kind.fraction_bits);
  }
  return (bits & 0x8000) != 0 ? -size : size;
}

}  // namespace mlengine::tensors
