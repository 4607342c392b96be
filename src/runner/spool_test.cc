#include "runner/spool.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/file_system.h"
#include "base/testing/temp_dir.h"

namespace mlengine::runner {
namespace {

class SpoolTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<Spool> opened = Spool::Open(path_);
    ASSERT_TRUE(opened.ok());
    spool_ = *std::move(opened);
    Print("one\n");
  }
  void Print(std::string_view text) {
    ASSERT_EQ(::write(spool_.fd(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  std::string There() { return RealFileSystem().Read(path_).value_or("none"); }

  TempDir dir_;
  const std::string path_ = dir_ / "stdout-0";
  Spool spool_;
};

TEST_F(SpoolTest, StaysWhatItIs) {
  EXPECT_FALSE(spool_.IsDisplaced());
  ASSERT_TRUE(spool_.Settle().ok());
  EXPECT_EQ(There(), "one\n");
  EXPECT_EQ(spool_.size(), 4U);
  EXPECT_EQ(spool_.Tail(2), "e\n");
}

TEST_F(SpoolTest, ComesBackWhenItWasRemoved) {
  std::filesystem::remove(path_);
  Print("two\n");
  EXPECT_TRUE(spool_.IsDisplaced());
  ASSERT_TRUE(spool_.Settle().ok());
  EXPECT_EQ(There(), "one\ntwo\n");
  EXPECT_FALSE(spool_.IsDisplaced());
  EXPECT_EQ(spool_.size(), 8U);
}

TEST_F(SpoolTest, TakesThePlaceOfWhatIsThereInstead) {
  std::filesystem::remove(path_);
  std::ofstream(path_) << "something else";
  ASSERT_TRUE(spool_.Settle().ok());
  EXPECT_EQ(There(), "one\n");
  std::filesystem::remove(path_);
  std::filesystem::create_directories(path_ + "/below");
  ASSERT_TRUE(spool_.Settle().ok());
  EXPECT_EQ(There(), "one\n");
  std::filesystem::remove(path_);
  std::ofstream(dir_ / "target") << "not ours";
  std::filesystem::create_symlink(dir_ / "target", path_);
  ASSERT_TRUE(spool_.Settle().ok());
  EXPECT_EQ(There(), "one\n");
  EXPECT_EQ(RealFileSystem().Read(dir_ / "target").value_or(""), "not ours");
}

}  // namespace
}  // namespace mlengine::runner
