#include "objects/listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::objects {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Page {
  std::vector<std::string> names;
  std::vector<std::string> prefixes;
  std::string token;
};

Page ListNames(const std::vector<std::string>& names, const ListRequest& request) {
  Result<Listing> listing = Listing::Start(request);
  EXPECT_TRUE(listing.ok()) << listing.status().ToString();
  for (const std::string& name : names) {
    if (listing->stopped()) break;
    if (listing->Offer(name) != Listing::Answer::kTake) continue;
    EXPECT_TRUE(name.starts_with(request.prefix));
    Object object;
    object.name = name;
    listing->Take(object);
  }
  ListResult result = std::move(*listing).Finish();
  Page page{{}, result.prefixes, result.next_page_token};
  for (const Object& object : result.objects) page.names.push_back(object.name);
  return page;
}

const std::vector<std::string> kNames = {"a", "a-", "a/", "a/1", "a/b/2", "a0", "b/1", "c"};

TEST(ListingTest, RollsUpByDelimiter) {
  const Page top = ListNames(kNames, {.delimiter = "/"});
  EXPECT_THAT(top.names, ElementsAre("a", "a-", "a0", "c"));
  EXPECT_THAT(top.prefixes, ElementsAre("a/", "b/"));
  const Page below = ListNames(kNames, {.prefix = "a/", .delimiter = "/"});
  EXPECT_THAT(below.names, ElementsAre("a/", "a/1"));
  EXPECT_THAT(below.prefixes, ElementsAre("a/b/"));
}

TEST(ListingTest, IncludesTheTrailingDelimiterWhenAsked) {
  const Page page = ListNames(kNames, {.delimiter = "/", .include_trailing_delimiter = true});
  EXPECT_THAT(page.names, ElementsAre("a", "a-", "a/", "a0", "c"));
  EXPECT_THAT(page.prefixes, ElementsAre("a/", "b/"));
}

TEST(ListingTest, KeepsBounds) {
  EXPECT_THAT(ListNames(kNames, {.start_offset = "a/1", .end_offset = "b"}).names,
              ElementsAre("a/1", "a/b/2", "a0"));
  EXPECT_THAT(ListNames(kNames, {.prefix = "x"}).names, IsEmpty());
}

TEST(ListingTest, PagesLoseAndRepeatNothing) {
  for (const std::string delimiter : {"", "/", "-", "1"}) {
    const Page whole = ListNames(kNames, {.delimiter = delimiter});
    for (int size = 1; size <= 9; ++size) {
      Page joined;
      std::string token;
      int pages = 0;
      do {
        const Page page =
            ListNames(kNames, {.delimiter = delimiter, .max_results = size, .page_token = token});
        ASSERT_LE(page.names.size() + page.prefixes.size(), static_cast<std::size_t>(size));
        joined.names.insert(joined.names.end(), page.names.begin(), page.names.end());
        joined.prefixes.insert(joined.prefixes.end(), page.prefixes.begin(), page.prefixes.end());
        token = page.token;
        ASSERT_LT(++pages, 20);
      } while (!token.empty());
      EXPECT_EQ(joined.names, whole.names) << delimiter << size;
      EXPECT_EQ(joined.prefixes, whole.prefixes) << delimiter << size;
    }
  }
}

TEST(ListingTest, RefusesForeignTokens) {
  EXPECT_EQ(Listing::Start({.page_token = "???"}).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Listing::Start({.page_token = "AAAA"}).status().code(), StatusCode::kInvalidArgument);
}

TEST(ListingTest, KnowsWhichFoldersToSkip) {
  const auto listing = Listing::Start({.prefix = "a/b", .start_offset = "a/bc/5"});
  EXPECT_TRUE(listing->MayHold("a/"));
  EXPECT_TRUE(listing->MayHold("a/bc/"));
  EXPECT_TRUE(listing->MayHold("a/bd/"));
  EXPECT_FALSE(listing->MayHold("a/ba/"));
  EXPECT_FALSE(listing->MayHold("a/c/"));
  EXPECT_FALSE(listing->MayHold("b/"));
}

}  // namespace
}  // namespace mlengine::objects
