#include "runtimes/held_distributions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/temp_dir.h"

namespace mlengine::runtimes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(HeldDistributionsTest, NamesAndVersionsComeFromTheFoldersOfAVenv) {
  const TempDir dir;
  FileSystem& files = RealFileSystem();
  for (const char* name : {"tensorflow_cpu-2.19.1.dist-info", "PyYAML-6.0.2.dist-info",
                           "ruamel.yaml-0.18.dist-info", "numpy", "broken.dist-info"}) {
    ASSERT_TRUE(files.MakeDirectories(dir / "lib/python3.11/site-packages/" + name).ok());
  }
  EXPECT_THAT(HeldDistributions(files, dir / "bin/python", "3.11.2"),
              ElementsAre(Pair("pyyaml", "6.0.2"), Pair("ruamel-yaml", "0.18"),
                          Pair("tensorflow-cpu", "2.19.1")));
  EXPECT_THAT(HeldDistributions(files, dir / "bin/python", "2.7.18"), IsEmpty());
}

}  // namespace
}  // namespace mlengine::runtimes
