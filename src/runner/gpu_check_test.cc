#include "runner/gpu_check.h"

#include <gtest/gtest.h>

namespace mlengine::runner {
namespace {

TEST(GpuCheckTest, ReadsTheAnswer) {
  const GpuAnswer gpu = ParseGpuAnswer("GPU-aa, NVIDIA H100 80GB HBM3, 81559, 4\n", "GPU-aa");
  EXPECT_EQ(Describe(gpu), "NVIDIA H100 80GB HBM3 (79.6 GiB)");
  EXPECT_FALSE(IsUsedByOthers(gpu));
  EXPECT_TRUE(IsUsedByOthers(ParseGpuAnswer("GPU-aa, K80, 11441, 9000", "GPU-aa")));
}

TEST(GpuCheckTest, WhatIsUnknownIsNotSaid) {
  const GpuAnswer gpu = ParseGpuAnswer("GPU-aa, K80, [N/A], [N/A]", "GPU-aa");
  EXPECT_EQ(Describe(gpu), "K80");
  EXPECT_FALSE(IsUsedByOthers(gpu));
}

TEST(GpuCheckTest, AnotherAnswerIsNone) {
  EXPECT_EQ(ParseGpuAnswer("GPU-bb, K80, 1, 1", "GPU-aa").name, "");
  EXPECT_EQ(ParseGpuAnswer("No devices were found", "GPU-aa").name, "");
  EXPECT_EQ(ParseGpuAnswer("", "GPU-aa").name, "");
}

}  // namespace
}  // namespace mlengine::runner
