#include "storage_api/field_mask.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace mlengine::storage_api {
namespace {

std::string Cut(std::string_view mask, std::string_view value) {
  const Result<FieldMask> parsed = FieldMask::Parse(mask);
  if (!parsed.ok()) return parsed.status().message();
  return boost::json::serialize(parsed->Apply(boost::json::parse(value)));
}

TEST(FieldMaskTest, KeepsWhatIsNamed) {
  const std::string list = R"({"items":[{"name":"a","size":"1"},{"name":"b"}],"prefixes":["p/"]})";
  EXPECT_EQ(Cut("prefixes", list), R"({"prefixes":["p/"]})");
  EXPECT_EQ(Cut("items/name,nextPageToken", list), R"({"items":[{"name":"a"},{"name":"b"}]})");
  EXPECT_EQ(Cut("items(name,size),prefixes", list), list);
  EXPECT_EQ(Cut("items", R"({"items":[{"name":"a"}],"x":1})"), R"({"items":[{"name":"a"}]})");
  EXPECT_EQ(Cut("*", list), list);
  EXPECT_EQ(Cut("*/name", list), R"({"items":[{"name":"a"},{"name":"b"}],"prefixes":["p/"]})");
  EXPECT_EQ(Cut("none", list), "{}");
}

TEST(FieldMaskTest, RefusesOtherTexts) {
  for (const std::string bad : {"", ",", "a,", "a(", "a(b", "a)b", "a//b", "()", "a(b))"}) {
    EXPECT_FALSE(FieldMask::Parse(bad).ok()) << bad;
  }
  EXPECT_FALSE(FieldMask::Parse(std::string(100, '(')).ok());
}

TEST(FieldMaskTest, TellsWhatItKeeps) {
  EXPECT_TRUE(FieldMask::Parse("items")->Has("items/md5Hash"));
  EXPECT_TRUE(FieldMask::Parse("items/md5Hash")->Has("items/md5Hash"));
  EXPECT_TRUE(FieldMask::Parse("*")->Has("items/md5Hash"));
  EXPECT_FALSE(FieldMask::Parse("items/name,prefixes")->Has("items/md5Hash"));
}

}  // namespace
}  // namespace mlengine::storage_api
