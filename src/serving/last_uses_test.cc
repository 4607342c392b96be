#include "serving/last_uses.h"

#include <gtest/gtest.h>

#include "base/testing/temp_dir.h"

namespace mlengine::serving {
namespace {

constexpr Time kThen{std::chrono::seconds(1'764'000'000)};

TEST(LastUsesTest, WhatWasSavedIsThereForTheNextServer) {
  TempDir dir;
  const std::string path = JoinPath(dir.path(), "serving/last_use.json");
  {
    LastUses uses(path, RealFileSystem());
    EXPECT_EQ(uses.Of("p/m/v1"), std::nullopt);
    uses.Note("p/m/v1", kThen);
    uses.Note("p/m/gone", kThen);
    ASSERT_TRUE(uses.Save({"p/m/v1"}).ok());
    uses.Note("p/m/v1", kThen + std::chrono::seconds(1));  // not written any more
  }
  LastUses uses(path, RealFileSystem());
  EXPECT_EQ(uses.Of("p/m/v1"), kThen);
  EXPECT_EQ(uses.Of("p/m/gone"), std::nullopt);
  ASSERT_TRUE(RealFileSystem().ReplaceVisible(path, "untouched").ok());
  ASSERT_TRUE(uses.Save({"p/m/v1"}).ok());  // nothing new
  EXPECT_EQ(*RealFileSystem().Read(path), "untouched");
}

TEST(LastUsesTest, ADamagedFileCountsAsNone) {
  TempDir dir;
  const std::string path = JoinPath(dir.path(), "last_use.json");
  for (const char* text : {"{", "[]", R"({"format":2,"versions":{"a":1}})", R"({"format":1})",
                           R"({"format":1,"versions":{"a":"x"}})"}) {
    ASSERT_TRUE(RealFileSystem().ReplaceVisible(path, text).ok());
    EXPECT_EQ(LastUses(path, RealFileSystem()).Of("a"), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace mlengine::serving
