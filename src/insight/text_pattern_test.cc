#include "insight/text_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::insight {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(TextPatternTest, HolesTakeTheShortestTextThatFits) {
  const auto holes = MatchPattern("no '{a}' in '{b}'", "say: no 'x' in 'y' in 'z'");
  ASSERT_TRUE(holes);
  EXPECT_THAT(*holes, ElementsAre(Pair("a", "x"), Pair("b", "y")));
  EXPECT_EQ(FillHoles("{b} lacks {a}{c}.", *holes), "y lacks x.");
}

TEST(TextPatternTest, ALaterPlaceIsTriedWhereTheFirstDoesNotFit) {
  const auto holes = MatchPattern("at {where}!", "at home\nat work!");
  ASSERT_TRUE(holes);
  EXPECT_EQ(holes->at("where"), "work");
}

TEST(TextPatternTest, AHoleEndsWithItsLineAndIsNotLong) {
  EXPECT_EQ(MatchPattern("why: {what}", "why: so\nbut")->at("what"), "so");
  EXPECT_FALSE(MatchPattern("a{hole}b", "a" + std::string(201, 'x') + "b"));
  EXPECT_EQ(MatchPattern("a{hole}", "a" + std::string(1000, 'x'))->at("hole").size(), 200U);
  EXPECT_FALSE(MatchPattern("a{hole}b", "a\nb"));
  EXPECT_TRUE(MatchPattern("plain", "it is plain"));
  EXPECT_FALSE(MatchPattern("plain", ""));
}

TEST(TextPatternTest, ColoursGo) {
  EXPECT_EQ(WithoutColours("\x1b[1;31mred\x1b[0m end\x1b["), "red end");
  EXPECT_EQ(WithoutColours("\x1b[3\xEA\xB0\x80"), "\xEA\xB0\x80");
}

TEST(TextPatternTest, NoCharacterIsCut) {
  EXPECT_EQ(Shortened("short", 10), "short");
  EXPECT_EQ(Shortened("abcdefghijk", 10), "abcdefg...");
  EXPECT_EQ(Shortened("abcde\xEA\xB0\x80\xEA\xB0\x80", 10), "abcde...");
}

}  // namespace
}  // namespace mlengine::insight
