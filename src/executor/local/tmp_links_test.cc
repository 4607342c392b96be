#include "executor/local/tmp_links.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <filesystem>
#include <fstream>

#include "base/testing/temp_dir.h"
#include "base/unique_fd.h"

namespace mlengine::executor {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

TEST(TmpLinksTest, OnlyThoseOfDeadRunnersGo) {
  const TempDir dir;
  const std::string links = dir / "t";
  RemoveStaleTmpLinks(RealFileSystem(), links);  // there is none
  fs::create_directory(links);
  for (const char* name : {"alive", "dead", "never"}) {
    fs::create_directories(dir / (std::string(name) + "/tmp"));
    fs::create_symlink(dir / (std::string(name) + "/tmp"), links + "/" + name);
  }
  fs::create_symlink(dir / "gone/tmp", links + "/gone");
  fs::create_directory(links + "/folder");
  std::ofstream(links + "/file") << "x";
  for (const char* lock : {"alive/runner-0.lock", "alive/runner-1.lock", "dead/runner-0.lock"})
    std::ofstream(dir / lock) << "";
  const UniqueFd held(::open((dir / "alive/runner-1.lock").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(::flock(held.get(), LOCK_EX | LOCK_NB), 0);
  RemoveStaleTmpLinks(RealFileSystem(), links);
  EXPECT_THAT(*RealFileSystem().List(links), ElementsAre("alive", "file", "folder"));
  EXPECT_TRUE(fs::exists(dir / "dead/tmp")) << "what it points to stays";
}

}  // namespace
}  // namespace mlengine::executor
