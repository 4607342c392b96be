#include "runtimes/framework_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/temp_dir.h"

namespace mlengine::runtimes {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Names(const std::vector<InstalledRuntime>& runtimes) {
  std::vector<std::string> names;
  for (const InstalledRuntime& one : runtimes) names.push_back(one.name);
  return names;
}

TEST(FrameworkSearchTest, VenvsAreLookedAtAndOtherInterpretersAsked) {
  const TempDir dir;
  FileSystem& files = RealFileSystem();
  const std::string packages = "/lib/python3.11/site-packages/";
  for (const std::string& name :
       {"a" + packages + "scikit_learn-1.9.1.dist-info", "b" + packages + "numpy-2.0.dist-info"}) {
    ASSERT_TRUE(files.MakeDirectories(dir / name).ok());
  }
  const std::vector<InstalledRuntime> installed = {
      {"a", dir / "a/bin/python", "3.11.2", ""},
      {"b", dir / "b/bin/python", "3.11.2", ""},
      {"machine", "/usr/bin/python3", "3.99.0", ""},  // no venv: its folders are elsewhere
      {"gone", dir / "none/bin/python", "3.11.2", ""}};
  EXPECT_THAT(Names(HavingPackage(files, installed, {"scikit-learn", "sklearn_of_nowhere"})),
              ElementsAre("a"));
  EXPECT_THAT(Names(HavingPackage(files, installed, {"of-the-library", "json"})),
              ElementsAre("machine"));
}

}  // namespace
}  // namespace mlengine::runtimes
