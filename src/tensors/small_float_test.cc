#include "tensors/small_float.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

namespace mlengine::tensors {
namespace {

TEST(SmallFloatTest, EveryPatternComesBack) {
  for (const SmallFloat kind : {kFloat16, kBfloat16}) {
    for (unsigned bits = 0; bits <= 0xffff; ++bits) {
      const double value = FromSmallFloat(kind, static_cast<std::uint16_t>(bits));
      if (std::isnan(value)) {
        EXPECT_TRUE(std::isnan(FromSmallFloat(kind, ToSmallFloat(kind, value)))) << bits;
      } else {
        ASSERT_EQ(ToSmallFloat(kind, value), bits) << value;
      }
    }
  }
}

TEST(SmallFloatTest, ABfloat16IsTheFrontOfAFloat32) {
  for (unsigned bits = 0; bits < 0x7f80; ++bits) {
    const float whole = std::bit_cast<float>(bits << 16);
    ASSERT_EQ(FromSmallFloat(kBfloat16, static_cast<std::uint16_t>(bits)), whole) << bits;
  }
}

TEST(SmallFloatTest, KnownValues) {
  EXPECT_EQ(ToSmallFloat(kFloat16, 1), 0x3c00);
  EXPECT_EQ(ToSmallFloat(kFloat16, -2), 0xc000);
  EXPECT_EQ(ToSmallFloat(kFloat16, 65504), 0x7bff);
  EXPECT_EQ(ToSmallFloat(kFloat16, std::ldexp(1, -24)), 1);
  EXPECT_EQ(FromSmallFloat(kFloat16, 0x3555), 0.333251953125);
  EXPECT_EQ(ToSmallFloat(kBfloat16, 1), 0x3f80);
  EXPECT_EQ(ToSmallFloat(kBfloat16, 3.140625), 0x4049);
}

TEST(SmallFloatTest, TheNearestIsTakenAndOfTwoTheEvenOne) {
  EXPECT_EQ(ToSmallFloat(kFloat16, 2049), 0x6800);          // 2048, not 2050
  EXPECT_EQ(ToSmallFloat(kFloat16, 2051), 0x6802);          // 2052
  EXPECT_EQ(ToSmallFloat(kFloat16, 2049.0000001), 0x6801);  // once: not by way of a float32
  EXPECT_EQ(ToSmallFloat(kFloat16, 65519.999), 0x7bff);
  EXPECT_EQ(ToSmallFloat(kFloat16, 65520), 0x7c00);
  EXPECT_EQ(ToSmallFloat(kFloat16, -1e300), 0xfc00);
  EXPECT_EQ(ToSmallFloat(kFloat16, std::ldexp(1, -25)), 0);
  EXPECT_EQ(ToSmallFloat(kFloat16, std::ldexp(1.5, -25)), 1);
  EXPECT_EQ(ToSmallFloat(kFloat16, 1e-320), 0);
  EXPECT_EQ(ToSmallFloat(kBfloat16, 3.5e38), 0x7f80);
}

}  // namespace
}  // namespace mlengine::tensors
