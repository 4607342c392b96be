#include "objects/name_escape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "objects/object_names.h"

namespace mlengine::objects {
namespace {

using ::testing::ElementsAre;

TEST(NameEscapeTest, KeepsOrdinaryNames) {
  EXPECT_THAT(EscapeName("a/b-c/d.txt"), ElementsAre("a", "b-c", "d.txt"));
  EXPECT_THAT(EscapeName("말/학습 1"), ElementsAre("말", "학습 1"));
  EXPECT_THAT(EscapeName("100%.txt"), ElementsAre("100%.txt"));
  EXPECT_THAT(EscapeName(".hidden"), ElementsAre(".hidden"));
}

TEST(NameEscapeTest, EscapesWhatAFolderCannotHold) {
  EXPECT_THAT(EscapeName("dir/"), ElementsAre("dir", "%empty"));
  EXPECT_THAT(EscapeName("/a//b"), ElementsAre("%empty", "a", "%empty", "b"));
  EXPECT_THAT(EscapeName("./.."), ElementsAre("%2E", "%2E%2E"));
  EXPECT_THAT(EscapeName("%self/%tmp/%bucket"), ElementsAre("%25self", "%25tmp", "%25bucket"));
  EXPECT_THAT(EscapeName("a%2Fb"), ElementsAre("a%252Fb"));
  EXPECT_THAT(EscapeName("a%+"), ElementsAre("a%25+"));
}

TEST(NameEscapeTest, SplitsLongParts) {
  const std::string long_part(1024, 'x');
  const auto levels = EscapeName(long_part);
  ASSERT_EQ(levels.size(), 5U);
  EXPECT_EQ(levels[0], std::string(253, 'x') + "%+");
  EXPECT_EQ(levels[4], std::string(1024 - 4 * 253, 'x'));
  EXPECT_THAT(EscapeName(std::string(255, 'x')), ElementsAre(std::string(255, 'x')));
  EXPECT_EQ(EscapeName(std::string(256, 'x')).size(), 2U);
}

TEST(NameEscapeTest, ReadsBackOnlyWhatItWrites) {
  EXPECT_EQ(UnescapePart({"%empty"}), "");
  EXPECT_EQ(UnescapePart({"a%252Fb"}), "a%2Fb");
  for (const std::vector<std::string>& foreign : std::vector<std::vector<std::string>>{
           {"%41"}, {"%2F"}, {"%00"}, {"%self"}, {"%25"}, {"a%25"}, {"a%+"}, {"a%+", "b"}, {"."}}) {
    if (foreign == std::vector<std::string>{"%25"}) continue;  // the name "%"
    EXPECT_FALSE(UnescapePart(foreign)) << foreign[0];
  }
}

// Names made of the pieces that matter, and some noise.
std::string RandomName(std::mt19937& random) {
  static const std::vector<std::string> kPieces = {
      "/",  "//", "%",  "+",     "%+",   "%2",  "F",  "2E", "%2E", ".",  "..",    "a",
      "%s", "é",  "말", "%self", "%tmp", "%25", "\t", "'",  "xyz", "~a", "%empty"};
  std::string name;
  const int count = std::uniform_int_distribution<>(1, 12)(random);
  for (int i = 0; i < count; ++i) {
    const std::string& piece =
        kPieces[std::uniform_int_distribution<std::size_t>(0, kPieces.size() - 1)(random)];
    const int times =
        std::uniform_int_distribution<>(0, 20)(random) == 0 ? 130 : 1;  // long parts too
    for (int k = 0; k < times; ++k) name += piece;
  }
  name.resize(std::min<std::size_t>(name.size(), 1024));
  while (!IsUtf8(name)) name.pop_back();
  return name.empty() ? "x" : name;
}

std::string Join(const std::vector<std::string>& levels) {
  std::string path;
  for (const std::string& level : levels) path += level + "/";
  return path;
}

TEST(NameEscapeTest, EveryNameHasItsOwnPathAndComesBack) {
  std::mt19937 random(20180102);
  std::map<std::string, std::string> seen;
  for (int i = 0; i < 5'000; ++i) {
    const std::string name = RandomName(random);
    const auto levels = EscapeName(name);
    const auto [at, fresh] = seen.emplace(Join(levels), name);
    ASSERT_TRUE(fresh || at->second == name) << name << " and " << at->second;
    std::string back;
    std::vector<std::string> part;
    for (const std::string& level : levels) {
      ASSERT_FALSE(level.empty());
      ASSERT_LE(level.size(), kLongestLeaf);
      ASSERT_TRUE(level != "." && level != ".." && level.find('/') == std::string::npos) << name;
      ASSERT_TRUE(IsUtf8(level)) << name;
      part.push_back(level);
      if (level.ends_with(kGoesOn)) continue;
      const auto text = UnescapePart(part);
      ASSERT_TRUE(text) << name;
      back += *text + "/";
      part.clear();
    }
    ASSERT_TRUE(part.empty()) << name;
    back.pop_back();
    ASSERT_EQ(back, name);
    const std::string& first = levels[0];
    ASSERT_TRUE(first != kTempFolder && first != kMetaFolder && first != kBucketFile) << name;
  }
}

}  // namespace
}  // namespace mlengine::objects
