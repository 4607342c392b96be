#include "upkeep/system_look.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/file_system.h"
#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"

namespace mlengine::upkeep {
namespace {

constexpr std::uint64_t kMiB = 1U << 20;

class SystemLookTest : public ::testing::Test {
 protected:
  void Put(const std::string& name, std::size_t mebibytes) {
    std::filesystem::create_directories(std::filesystem::path(dir_ / name).parent_path());
    std::ofstream(dir_ / name) << std::string(mebibytes * kMiB, 'x');
  }
  StoreSizes Measure() const {
    const std::atomic<bool> go_on{false};
    return MeasureStore(dir_.path(), go_on);
  }
  // Folders take a few blocks of their own.
  static bool About(std::uint64_t bytes, std::uint64_t mebibytes) {
    return bytes >= mebibytes * kMiB && bytes < mebibytes * kMiB + kMiB / 2;
  }

  TempDir dir_;
  FakeClock clock_;
};

TEST_F(SystemLookTest, CountsWhatLiesOnTheDiskByItsPlace) {
  Put("state.db", 1);
  Put("reserve", 9);
  Put("logs/p/j/index", 2);
  Put("buckets/b/o/deep/er/object", 3);
  Put("uploads/u", 1);
  Put("cache/c", 1);
  Put("jobs/p/j/attempt-1/master-0/stdout", 5);
  std::filesystem::create_hard_link(dir_ / "jobs/p/j/attempt-1/master-0/stdout",
                                    dir_ / "jobs/twin");
  std::filesystem::create_symlink(dir_.path(), dir_ / "cache/loop");
  std::ofstream(dir_ / "logs/sparse").close();
  std::filesystem::resize_file(dir_ / "logs/sparse", 1 << 30);
  const StoreSizes sizes = Measure();
  EXPECT_TRUE(About(sizes.state, 1)) << sizes.state;
  EXPECT_TRUE(About(sizes.logs, 2)) << sizes.logs;
  EXPECT_TRUE(About(sizes.buckets, 4)) << sizes.buckets;
  EXPECT_TRUE(About(sizes.cache, 1)) << sizes.cache;
  EXPECT_TRUE(About(sizes.jobs, 5)) << sizes.jobs;
  EXPECT_EQ(sizes.runtimes, 0U);
  const std::atomic<bool> stop{true};
  EXPECT_EQ(MeasureStore(dir_.path(), stop).jobs, 0U);
}

TEST_F(SystemLookTest, AsksAProgramForItsVersion) {
  std::ofstream(dir_ / "tool") << "#!/bin/sh\necho tool 1.2.3\n";
  std::filesystem::permissions(dir_ / "tool", std::filesystem::perms::owner_all);
  const auto tool = LookAtProgram(dir_ / "tool");
  ASSERT_TRUE(tool);
  EXPECT_EQ(tool->name, "tool");
  EXPECT_EQ(tool->version, "1.2.3");
  EXPECT_EQ(tool->bytes, 28U);
  std::ofstream(dir_ / "data") << "x";
  EXPECT_EQ(LookAtProgram(dir_ / "data")->version, "");
  EXPECT_FALSE(LookAtProgram(dir_ / "none"));
}

TEST_F(SystemLookTest, LooksWhenAskedAndTheLastLookIsOld) {
  Put("jobs/a", 1);
  SystemLook seldom({dir_.path(), {}, std::chrono::seconds(3600)}, clock_);
  SystemLook always({dir_.path(), {}, std::chrono::seconds(0)}, clock_);
  const auto jobs = [](SystemLook& look, std::uint64_t mebibytes) {
    for (int i = 0; i < 1000; ++i) {
      const auto sight = look.Last();
      if (sight && About(sight->sizes.jobs, mebibytes)) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  };
  EXPECT_FALSE(seldom.Last().has_value()) << "nobody waits for a look";
  EXPECT_TRUE(jobs(seldom, 1));
  EXPECT_TRUE(jobs(always, 1));
  Put("jobs/b", 2);
  EXPECT_TRUE(jobs(always, 3));
  EXPECT_TRUE(About(seldom.Last()->sizes.jobs, 1));
  EXPECT_EQ(seldom.Last()->measured, clock_.Now());
}

}  // namespace
}  // namespace mlengine::upkeep
