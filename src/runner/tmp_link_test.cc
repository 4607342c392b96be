#include "runner/tmp_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/file_system.h"
#include "base/testing/temp_dir.h"

namespace mlengine::runner {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;
using testing::SizeIs;

class TmpLinkTest : public testing::Test {
 protected:
  std::vector<std::string> Links() { return *RealFileSystem().List(links_); }
  const TempDir dir_;
  const std::string links_ = dir_ / "t";
};

TEST_F(TmpLinkTest, IsAShortNameThatGoesWithIt) {
  const std::string folder = dir_ / "a-very-long-name-of-a-folder";
  fs::create_directory(folder);
  {
    const auto link = TmpLink::Make(links_, folder);
    ASSERT_TRUE(link.ok()) << link.status().ToString();
    EXPECT_EQ(link->path().size(), links_.size() + 9);
    EXPECT_EQ(fs::read_symlink(link->path()), folder);
    TmpLink moved;
    EXPECT_EQ(moved.path(), "");
    EXPECT_THAT(Links(), SizeIs(1));
  }
  EXPECT_THAT(Links(), IsEmpty());
  EXPECT_TRUE(fs::exists(folder));
}

TEST_F(TmpLinkTest, TakesWhatAnEarlierRunnerLeft) {
  Result<TmpLink> left = TmpLink::Make(links_, "/a");
  Result<TmpLink> again = TmpLink::Make(links_, "/a");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(left->path(), again->path());
  EXPECT_THAT(Links(), SizeIs(1));
}

TEST_F(TmpLinkTest, LeavesAloneWhatIsAnothers) {
  std::string first;
  {
    const Result<TmpLink> link = TmpLink::Make(links_, "/a");
    first = link->path();
  }
  fs::create_symlink("/elsewhere", first);
  {
    const Result<TmpLink> link = TmpLink::Make(links_, "/a");
    ASSERT_TRUE(link.ok()) << link.status().ToString();
    EXPECT_NE(link->path(), first);
    EXPECT_EQ(fs::read_symlink(link->path()), "/a");
  }
  EXPECT_THAT(Links(), SizeIs(1));
  fs::remove(first);
  fs::create_directory(first);
  EXPECT_NE(TmpLink::Make(links_, "/a")->path(), first);
  fs::remove(first);
  {
    const Result<TmpLink> link = TmpLink::Make(links_, "/a");
    fs::remove(link->path());
    fs::create_symlink("/elsewhere", link->path());
  }
  EXPECT_EQ(fs::read_symlink(first), "/elsewhere") << "not its own any more";
}

TEST_F(TmpLinkTest, SaysWhatIsWrong) {
  const Result<TmpLink> link = TmpLink::Make(dir_ / "no/t", "/a");
  EXPECT_EQ(link.status().code(), StatusCode::kNotFound);
  EXPECT_THAT(link.status().message(), testing::HasSubstr("no/t"));
}

}  // namespace
}  // namespace mlengine::runner
