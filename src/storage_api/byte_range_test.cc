#include "storage_api/byte_range.h"

#include <gtest/gtest.h>

#include <string>

namespace mlengine::storage_api {
namespace {

// "first+count", "whole" or "beyond".
std::string Range(std::string_view header, std::uint64_t size) {
  const auto range = ParseRange(header, size);
  if (!range.ok()) return "beyond";
  if (!*range) return "whole";
  return std::to_string((*range)->first) + "+" + std::to_string((*range)->count);
}

TEST(ByteRangeTest, ReadsRanges) {
  EXPECT_EQ(Range("bytes=0-9", 100), "0+10");
  EXPECT_EQ(Range("bytes=90-1000", 100), "90+10");
  EXPECT_EQ(Range("bytes=99-", 100), "99+1");
  EXPECT_EQ(Range("bytes=-10", 100), "90+10");
  EXPECT_EQ(Range("bytes=-1000", 100), "0+100");
  EXPECT_EQ(Range("bytes=0-18446744073709551615", 100), "0+100");
  EXPECT_EQ(Range("bytes=100-", 100), "beyond");
  EXPECT_EQ(Range("bytes=100-200", 100), "beyond");
  EXPECT_EQ(Range("bytes=0-0", 0), "beyond");
  EXPECT_EQ(Range("bytes=-0", 100), "beyond");
  EXPECT_EQ(Range("bytes=-5", 0), "beyond");
  for (const std::string ignored :
       {"", "lines=0-1", "bytes=5-1", "bytes=a-b", "bytes=1", "bytes=0-1,3-4", "bytes=-"}) {
    EXPECT_EQ(Range(ignored, 100), "whole") << ignored;
  }
  EXPECT_FALSE(ParseRange(std::nullopt, 5)->has_value());
}

TEST(ContentRangeTest, ReadsAllForms) {
  const auto piece = ParseContentRange("bytes 0-1048575/20000000");
  ASSERT_TRUE(piece.ok());
  EXPECT_EQ(piece->first, 0U);
  EXPECT_EQ(piece->last, 1048575U);
  EXPECT_EQ(piece->total, 20000000U);
  EXPECT_FALSE(piece->query);
  EXPECT_FALSE(ParseContentRange("bytes 5-6/*")->total);
  EXPECT_TRUE(ParseContentRange("bytes */7")->query);
  EXPECT_EQ(ParseContentRange("bytes */7")->total, 7U);
  EXPECT_FALSE(ParseContentRange("bytes */*")->total);
  for (const std::string bad :
       {"", "bytes", "bytes 0-1", "bytes 3-1/9", "bytes 0-9/9", "bytes x/9", "0-1/2",
        "bytes 0-1/-2", "bytes -1/2", "bytes 0-18446744073709551615/*"}) {
    EXPECT_FALSE(ParseContentRange(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace mlengine::storage_api
