#include "serving/memory_admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace mlengine::serving {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kGib = 1ULL << 30;

TEST(MemoryAdmission, WhatFitsIsLetIn) {
  EXPECT_TRUE(CheckMemory(2 * kGib, {.total = 8 * kGib, .available = 3 * kGib}).ok());
  EXPECT_TRUE(CheckMemory(2 * kGib, {}).ok());  // of a machine that tells nothing
  EXPECT_TRUE(
      CheckMemory(2 * kGib,
                  {.total = 8 * kGib, .available = 8 * kGib, .limit = 4 * kGib, .taken = 2 * kGib})
          .ok());
}

TEST(MemoryAdmission, SaysWhetherToTryAgain) {
  const Status never = CheckMemory(9 * kGib, {.total = 8 * kGib, .available = 8 * kGib});
  EXPECT_EQ(never.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(never.message(),
              HasSubstr("needs about 9.0 GiB of memory, and this machine has 8.0"));
  const Status now = CheckMemory(2 * kGib, {.total = 8 * kGib, .available = kGib / 2});
  EXPECT_EQ(now.code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(now.message(), HasSubstr("and 512 MiB of this machine's 8.0 GiB are free"));
  const ServingMemory limited{
      .total = 8 * kGib, .available = 8 * kGib, .limit = 4 * kGib, .taken = 3 * kGib};
  EXPECT_EQ(CheckMemory(2 * kGib, limited).code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(CheckMemory(2 * kGib, limited).message(), HasSubstr("3.0 GiB are taken"));
  EXPECT_EQ(CheckMemory(5 * kGib, limited).code(), StatusCode::kFailedPrecondition);
}

TEST(MemoryAdmission, MeasuresProcesses) {
  EXPECT_GT(ResidentBytes(::getpid()), 1U << 20);
  EXPECT_EQ(ResidentBytes(-1), 0U);
  EXPECT_GT(MemoryNeed(kGib), kGib);
}

}  // namespace
}  // namespace mlengine::serving
