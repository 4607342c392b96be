#include "base/number_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>

namespace mlengine {
namespace {

TEST(NumberText, AllOfTheTextIsTheNumber) {
  EXPECT_EQ(ToNumber<int>("42"), 42);
  EXPECT_EQ(ToNumber<int>("-7"), -7);
  EXPECT_EQ(ToNumber<std::uint64_t>("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(ToNumber<double>("2.5e3"), 2500.0);
  EXPECT_TRUE(std::isnan(ToNumber<double>("nan").value_or(0)));
  for (const char* wrong : {"", " 1", "1 ", "+1", "1x", "0x1", "1.5", "2147483648", "-2147483649"})
    EXPECT_EQ(ToNumber<int>(wrong), std::nullopt) << wrong;
  EXPECT_EQ(ToNumber<std::uint64_t>("-1"), std::nullopt);
  EXPECT_EQ(ToNumber<double>("1e999"), std::nullopt);
  EXPECT_EQ(ToNumber<int>(std::string_view("12345").substr(1, 2)), 23);
}

TEST(NumberText, AsManyDecimalsAsAreAskedFor) {
  EXPECT_EQ(FixedText(2.0 / 3, 2), "0.67");
  EXPECT_EQ(FixedText(0.5, 0), "0");
  EXPECT_EQ(FixedText(-1234567.0, 1), "-1234567.0");
  EXPECT_EQ(FixedText(std::numeric_limits<double>::max(), 20).size(), 309U + 1 + 20);
  EXPECT_EQ(FixedText(std::numeric_limits<double>::infinity(), 2), "inf");
}

}  // namespace
}  // namespace mlengine
