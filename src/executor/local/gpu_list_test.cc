#include "executor/local/gpu_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/testing/temp_dir.h"

namespace mlengine::executor {
namespace {

using ::testing::HasSubstr;

TEST(ParseGpusTest, ReadsWhatNvidiaSmiPrints) {
  const auto gpus = ParseGpus(
      "0, GPU-aa, NVIDIA H100 80GB HBM3, 81559\n"
      "3, GPU-bb, Tesla K80, [N/A]\n"
      "4, GPU-cc, Tesla K80, 9223372036854775807\n"
      "5, GPU-dd, Tesla K80, -1\n");
  ASSERT_TRUE(gpus.ok()) << gpus.status().ToString();
  ASSERT_EQ(gpus->size(), 4U);
  EXPECT_EQ((*gpus)[0].index, 0);
  EXPECT_EQ((*gpus)[0].uuid, "GPU-aa");
  EXPECT_EQ((*gpus)[0].name, "NVIDIA H100 80GB HBM3");
  EXPECT_EQ((*gpus)[0].memory_bytes, 81559LL << 20);
  EXPECT_EQ((*gpus)[1].index, 3);
  EXPECT_EQ((*gpus)[1].memory_bytes, 0);
  EXPECT_EQ((*gpus)[2].memory_bytes, 0);
  EXPECT_EQ((*gpus)[3].memory_bytes, 0);
}

TEST(ParseGpusTest, RefusesWhatIsNone) {
  for (const char* line : {"No devices were found", "0", "x, GPU-aa, K80, 1", "0, aa, K80, 1",
                           "0, GPU-aa, , 1", "0, GPU-aa, K80, 1, 2"}) {
    EXPECT_THAT(ParseGpus(line).status().message(), HasSubstr(line));
  }
  EXPECT_TRUE(ParseGpus("")->empty());
}

// A machine's nvidia-smi is what a program prints.
class FindGpusTest : public ::testing::Test {
 protected:
  std::string Program(const std::string& script) {
    const std::string path = folder_.path() + "/nvidia-smi";
    std::ofstream(path) << "#!/bin/sh\n" << script;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }
  TempDir folder_;
};

TEST_F(FindGpusTest, ChoosesByIndexAndUuid) {
  const std::string program =
      Program("printf '0, GPU-aa, K80, 100\\n1, GPU-bb, K80, 100\\n2, GPU-cc, K80, 100\\n'\n");
  EXPECT_EQ(FindGpus({.nvidia_smi = program})->size(), 3U);
  const auto chosen = FindGpus({.nvidia_smi = program, .all = false, .chosen = {"2", "GPU-aa"}});
  ASSERT_TRUE(chosen.ok());
  ASSERT_EQ(chosen->size(), 2U);
  EXPECT_EQ((*chosen)[0].uuid, "GPU-cc");
  EXPECT_TRUE(FindGpus({.nvidia_smi = program, .all = false})->empty());
  EXPECT_THAT(FindGpus({.nvidia_smi = program, .all = false, .chosen = {"7"}}).status().message(),
              HasSubstr("no GPU 7; it has 0 (GPU-aa), 1 (GPU-bb), 2 (GPU-cc)"));
}

TEST_F(FindGpusTest, SaysWhyTheyCannotBeListed) {
  const std::string program = Program("echo 'NVIDIA-SMI has failed'; exit 9\n");
  EXPECT_THAT(FindGpus({.nvidia_smi = program}).status().message(),
              HasSubstr("exited with status 9: NVIDIA-SMI has failed"));
  EXPECT_THAT(FindGpus({.nvidia_smi = folder_.path() + "/none"}).status().message(),
              HasSubstr("cannot be listed"));
}

}  // namespace
}  // namespace mlengine::executor
