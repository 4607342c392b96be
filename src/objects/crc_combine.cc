#include "objects/crc_combine.h"

#include <array>

namespace mlengine::objects {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78U;  // Castagnoli, lowest bit first

// The product of two polynomials over GF(2) modulo kPolynomial, lowest bit first: the highest bit
// is x^0.
std::uint32_t Multiply(std::uint32_t a, std::uint32_t b) {
  std::uint32_t product = 0;
  for (std::uint32_t bit = 0x80000000U; bit != 0; bit >>= 1) {
    if ((a & bit) != 0) product ^= b;
    b = (b & 1U) != 0 ? (b >> 1) ^ kPolynomial : b >> 1;
  }
  return product;
}

}  // namespace

std::uint32_t CombineCrc32c(std::uint32_t first, std::uint32_t second, std::uint64_t second_size) {
  // Appending n bytes multiplies by x^(8n); x^(8n) by squaring.
  std::uint32_t power = 0x80000000U;   // x^0
  std::uint32_t square = 0x00800000U;  // x^8
  for (std::uint64_t n = second_size; n != 0; n >>= 1) {
    if ((n & 1U) != 0) power = Multiply(power, square);
    square = Multiply(square, square);
  }
  return Multiply(power, first) ^ second;
}

}  // namespace mlengine::objects
