#include "runner/memory_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/file_system.h"
#include "base/testing/temp_dir.h"

namespace mlengine::runner {
namespace {

using ::testing::HasSubstr;

// Folders laid out as the kernel shows them; the limits are plain files here.
class MemoryGroupTest : public ::testing::Test {
 protected:
  void File(const std::string& path, const std::string& text) {
    const std::string whole = dir_ / path;
    std::filesystem::create_directories(std::filesystem::path(whole).parent_path());
    std::ofstream(whole) << text;
  }
  MemoryGroup::Places Places() { return {dir_ / "cgroup", dir_ / "own"}; }
  // The message of Make: where it went to set the limit, which the kernel would have put there.
  std::string Tried() {
    const auto made = MemoryGroup::Make("0123456789abcdef", 1000, Places());
    return made.ok() ? "made" : made.status().message();
  }

  TempDir dir_;
};

TEST_F(MemoryGroupTest, IsMadeBelowTheOwnGroupOfVersionOne) {
  File("own", "9:name=systemd:/\n4:cpu,memory:/user/x\n0::/\n");
  File("cgroup/memory/user/x/memory.limit_in_bytes", "");
  EXPECT_THAT(Tried(), HasSubstr(dir_ / "cgroup/memory/user/x/mlengine-"));
}

TEST_F(MemoryGroupTest, InAContainerThePathIsTheRoot) {
  File("own", "4:memory:/docker/abc\n");
  File("cgroup/memory/memory.limit_in_bytes", "");
  EXPECT_THAT(Tried(), HasSubstr(dir_ / "cgroup/memory/mlengine-"));
}

TEST_F(MemoryGroupTest, OfVersionTwoTheNearestThatGivesTheControllerOn) {
  File("own", "0::/user.slice/app.slice/a.scope\n");
  File("cgroup/cgroup.subtree_control", "cpu memory");
  File("cgroup/user.slice/app.slice/cgroup.subtree_control", "cpu memory pids\n");
  File("cgroup/user.slice/app.slice/a.scope/cgroup.subtree_control", "");
  EXPECT_THAT(Tried(), HasSubstr(dir_ / "cgroup/user.slice/app.slice/mlengine-"));
}

TEST_F(MemoryGroupTest, SaysThatNoneMayBeMade) {
  File("own", "0::/\n");
  File("cgroup/cgroup.subtree_control", "cpu pids memoryless");
  EXPECT_THAT(Tried(), HasSubstr("no cgroup with a memory limit"));
  File("own", "");
  EXPECT_THAT(Tried(), HasSubstr("no cgroup with a memory limit"));
}

TEST_F(MemoryGroupTest, GroupsOfDeadRunnersAreTakenAway) {
  File("own", "4:memory:/\n");
  File("cgroup/memory/memory.limit_in_bytes", "");
  // No process has a number beyond the kernel's largest.
  const std::string dead = dir_ / "cgroup/memory/mlengine-4194999-aa";
  const std::string living = dir_ / "cgroup/memory/mlengine-1-aa";
  const std::string other = dir_ / "cgroup/memory/other-4194999";
  for (const std::string& path : {dead, living, other}) std::filesystem::create_directories(path);
  Tried();
  EXPECT_FALSE(std::filesystem::exists(dead));
  EXPECT_TRUE(std::filesystem::exists(living));
  EXPECT_TRUE(std::filesystem::exists(other));
}

// The real kernel's, where it lets us.
TEST(MemoryGroupRealTest, HoldsAProcess) {
  auto made = MemoryGroup::Make("fedcba9876543210", 1 << 30, {});
  if (!made.ok()) GTEST_SKIP() << made.status().message();
  EXPECT_EQ((*made)->OomKills(), 0);
  EXPECT_FALSE((*made)->Add(4194999).ok());
}

}  // namespace
}  // namespace mlengine::runner
