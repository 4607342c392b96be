#include "cli/plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>

namespace mlengine::cli {
namespace {

using testing::HasSubstr;

std::vector<std::string> LinesOf(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

// In characters: all but the bytes within one.
std::size_t Width(const std::string& line) {
  return static_cast<std::size_t>(
      std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; }));
}

TEST(PlotTest, DrawsALineFromCornerToCorner) {
  EXPECT_EQ(Plot({{0, 0}, {100, 10}}, {24, 5, true}),
            " 10 ┤               ⢀⡠⠔⠊\n"
            "    │           ⢀⡠⠔⠊⠁\n"
            "  5 ┤       ⢀⡠⠔⠊⠁\n"
            "    │   ⢀⡠⠔⠊⠁\n"
            "  0 ┤⡠⠔⠊⠁\n"
            "    └───────────────────\n"
            "     0       50      100\n");
}

TEST(PlotTest, AsciiWhereTheTerminalHasNoMore) {
  EXPECT_EQ(Plot({{0, 1}, {10, 3}, {20, 1}}, {20, 3, false}),
            " 3 +      ****\n"
            "   |  ****    ****\n"
            " 1 +**            **\n"
            "   +----------------\n"
            "    0      10     20\n");
}

TEST(PlotTest, EqualValuesLieInTheMiddle) {
  const std::vector<std::string> lines = LinesOf(Plot({{5, 2}}, {30, 5, false}));
  EXPECT_THAT(lines[0], HasSubstr("2.2 +"));
  EXPECT_THAT(lines[2], HasSubstr("*"));
  EXPECT_THAT(lines[4], HasSubstr("1.8 +"));
  EXPECT_THAT(LinesOf(Plot({{5, 0}, {6, 0}}, {30, 3, false}))[0], HasSubstr("1 +"));
}

TEST(PlotTest, WhatIsNotFiniteIsAGap) {
  const double nan = std::nan("");
  const std::string plot = Plot({{0, 1}, {1, nan}, {2, 1}, {3, HUGE_VAL}}, {20, 3, false});
  EXPECT_EQ(std::ranges::count(plot, '*'), 2);
  EXPECT_EQ(Plot({{0, nan}, {1, -HUGE_VAL}}, {}), "");
  EXPECT_EQ(Plot({}, {}), "");
}

TEST(PlotTest, NoLineIsWiderThanAskedForWhateverTheValues) {
  const double most = std::numeric_limits<double>::max();
  const double least = std::numeric_limits<double>::denorm_min();
  const std::vector<std::vector<PlotPoint>> all = {{{0, -most}, {1, most}},
                                                   {{0, most}},
                                                   {{-1e18, least}, {1e18, 2 * least}},
                                                   {{0, 1e-300}, {1e15, 1}, {2e15, -123456789}}};
  for (const std::vector<PlotPoint>& points : all) {
    for (const int columns : {0, 20, 33, 80, 200}) {
      const std::vector<std::string> lines = LinesOf(Plot(points, {columns, 7, true}));
      ASSERT_EQ(lines.size(), 9U);
      for (const std::string& line : lines)
        EXPECT_LE(Width(line), static_cast<std::size_t>(std::max(columns, 20))) << line;
    }
  }
}

TEST(PlotTest, NumbersAreShort) {
  EXPECT_EQ(ShortNumber(0.25), "0.25");
  EXPECT_EQ(ShortNumber(1.0 / 3), "0.3333");
  EXPECT_EQ(ShortNumber(1234567), "1.235e+06");
  EXPECT_EQ(ShortNumber(std::nan("")), "NaN");
  EXPECT_EQ(ShortNumber(-HUGE_VAL), "-Infinity");
}

}  // namespace
}  // namespace mlengine::cli
