#include "runner/staging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/temp_dir.h"
#include "runner/testing/pack.h"

namespace mlengine::runner {
namespace {

using ::testing::ElementsAre;

class StagingTest : public ::testing::Test {
 protected:
  StagingTest() {
    spec_.set_boot_id("boot-1");
    spec_.set_cache_dir(dir_ / "cache");
    spec_.set_replica_dir(dir_ / "replica");
    v1::Package& package = *spec_.add_packages();
    package.set_uri("gs://b/t-1.0-py3-none-any.whl");
    package.set_name("t-1.0-py3-none-any.whl");
    package.set_path(dir_ / "t");
    PackWheel("print(1)");
  }
  void PackWheel(const std::string& module) {
    Pack(dir_ / "t",
         {{"t/__init__.py", module},
          {"t-1.0.dist-info/METADATA", "Name: t\nVersion: 1.0\n"},
          {"t-1.0.dist-info/WHEEL", "Root-Is-Purelib: true\n"}},
         true);
  }
  std::vector<std::string> Remembered() {
    std::vector<std::string> told;
    for (const std::string& name : *RealFileSystem().List(dir_ / "cache/packages/boot-1")) {
      if (name.ends_with(".told")) told.push_back(dir_ / "cache/packages/boot-1/" + name);
    }
    return told;
  }

  TempDir dir_;
  v1::LaunchSpec spec_;
};

TEST_F(StagingTest, WhatWasStagedIsRecalledAsItWas) {
  EXPECT_FALSE(RecallPackages(RealFileSystem(), spec_));
  const auto staged = StagePackages(RealFileSystem(), spec_);
  ASSERT_TRUE(staged.ok()) << staged.status().ToString();
  EXPECT_FALSE(staged->front().reused);
  const auto recalled = RecallPackages(RealFileSystem(), spec_);
  ASSERT_TRUE(recalled);
  EXPECT_TRUE(recalled->front().reused);
  EXPECT_EQ(recalled->front().sha256, staged->front().sha256);
  EXPECT_EQ(recalled->front().shape.root, staged->front().shape.root);
}

TEST_F(StagingTest, OtherBytesUnderTheSameNameAreNotRecalled) {
  ASSERT_TRUE(StagePackages(RealFileSystem(), spec_).ok());
  PackWheel("print(2)");
  EXPECT_FALSE(RecallPackages(RealFileSystem(), spec_));
  ASSERT_TRUE(StagePackages(RealFileSystem(), spec_).ok());
  EXPECT_TRUE(RecallPackages(RealFileSystem(), spec_));
  EXPECT_EQ(Remembered().size(), 2U);
}

TEST_F(StagingTest, ABrokenMemoryOrAMissingTreeIsNoMemory) {
  const auto staged = StagePackages(RealFileSystem(), spec_);
  ASSERT_TRUE(staged.ok());
  const std::string memory = Remembered().at(0);
  const std::string text = *RealFileSystem().Read(memory);
  ASSERT_TRUE(RealFileSystem().WriteAtomic(memory, text.substr(0, text.size() / 2)).ok());
  EXPECT_FALSE(RecallPackages(RealFileSystem(), spec_));
  ASSERT_TRUE(RealFileSystem().WriteAtomic(memory, text).ok());
  ASSERT_TRUE(RecallPackages(RealFileSystem(), spec_));
  ASSERT_TRUE(
      RealFileSystem().RemoveTree(dir_ / "cache/packages/boot-1/" + staged->front().sha256).ok());
  EXPECT_FALSE(RecallPackages(RealFileSystem(), spec_));
}

TEST_F(StagingTest, AnUploadThatWasCutIsNotRecalled) {
  ASSERT_TRUE(StagePackages(RealFileSystem(), spec_).ok());
  spec_.mutable_packages(0)->set_crc32c("AAAAAA==");
  EXPECT_FALSE(RecallPackages(RealFileSystem(), spec_));
  EXPECT_EQ(StagePackages(RealFileSystem(), spec_).status().code(), StatusCode::kDataLoss);
}

TEST(StagingTextTest, OutcomesSurviveTheirText) {
  const std::vector<StagedPackage> packages = {
      {.sha256 = "ab",
       .reused = true,
       .shape = {.root = "/a\tb\n", .requirements = {"x>1", "y"}, .pip_reason = ""}},
      {.sha256 = "cd",
       .reused = false,
       .shape = {.root = "", .requirements = {}, .pip_reason = "why"}}};
  const auto back = DecodeStaging(EncodeStaging(packages));
  ASSERT_TRUE(back.ok()) << back.status().ToString();
  ASSERT_EQ(back->size(), 2U);
  EXPECT_EQ(back->at(0).shape.root, "/a\tb\n");
  EXPECT_TRUE(back->at(0).reused);
  EXPECT_THAT(back->at(0).shape.requirements, ElementsAre("x>1", "y"));
  EXPECT_EQ(back->at(1).shape.pip_reason, "why");
  const Status error = DataLossError("line one\nline\ttwo");
  EXPECT_EQ(DecodeStaging(EncodeStaging(error)).status(), error);
  for (const char* bad : {"", "package\tab\n", "error\n", "package\ta\treused\t/r\t\n"}) {
    EXPECT_EQ(DecodeStaging(bad).status().code(), StatusCode::kDataLoss) << bad;
  }
}

}  // namespace
}  // namespace mlengine::runner
