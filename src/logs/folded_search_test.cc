#include "logs/folded_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace mlengine::logs {
namespace {

TEST(FoldedSearchTest, FindsWhatIsThere) {
  EXPECT_TRUE(FoldedSearch("").In(""));
  EXPECT_TRUE(FoldedSearch("").In("a"));
  EXPECT_FALSE(FoldedSearch("a").In(""));
  EXPECT_TRUE(FoldedSearch("a").In("xxA"));
  EXPECT_TRUE(FoldedSearch("Nan").In("loss = NAN"));
  EXPECT_FALSE(FoldedSearch("nan").In("loss = na n"));
  EXPECT_TRUE(FoldedSearch("aab").In("aaab"));
  EXPECT_FALSE(FoldedSearch("[").In("{"));  // one bit apart, as letters' cases are
}

TEST(FoldedSearchTest, AgreesWithALookAtEveryPlace) {
  std::mt19937 random(7);
  const auto text = [&](std::size_t most) {
    std::string out(random() % (most + 1), ' ');
    for (char& c : out) c = "abAB\xFF"[random() % 5];
    return out;
  };
  const auto lower = [](std::string from) {
    std::transform(from.begin(), from.end(), from.begin(),
                   [](char c) { return c == 'A' || c == 'B' ? static_cast<char>(c + 32) : c; });
    return from;
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::string needle = text(4);
    const std::string hay = text(12);
    EXPECT_EQ(FoldedSearch(needle).In(hay), lower(hay).find(lower(needle)) != std::string::npos)
        << needle << " in " << hay;
  }
}

}  // namespace
}  // namespace mlengine::logs
