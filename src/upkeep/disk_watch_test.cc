#include "upkeep/disk_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/testing/temp_dir.h"

namespace mlengine::upkeep {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kMiB = 1U << 20;

class DiskWatchTest : public ::testing::Test {
 protected:
  // A disk of 1000 MiB with `free_` left, of which 100 must stay.
  DiskWatchOptions Options() {
    return {.folder = dir_.path(),
            .low_water = 100 * kMiB,
            .reserve = 4 * kMiB,
            .measure = [this]() -> Result<DiskRoom> { return DiskRoom{free_, 1000 * kMiB}; }};
  }
  std::uint64_t AllocatedReserve() const {
    struct stat st{};
    return ::stat((dir_ / "reserve").c_str(), &st) == 0
               ? static_cast<std::uint64_t>(st.st_blocks) * 512
               : 0;
  }

  TempDir dir_;
  std::uint64_t free_ = 500 * kMiB;
};

TEST(DiskSizes, TheMarkIsAShareOfTheDiskWithinBounds) {
  EXPECT_EQ(DefaultLowWater(64 * kMiB), 64 * kMiB / 10);
  EXPECT_EQ(DefaultLowWater(10'240 * kMiB), 256 * kMiB);
  EXPECT_EQ(DefaultLowWater(102'400 * kMiB), 1024 * kMiB);
  EXPECT_EQ(DefaultLowWater(10'240'000 * kMiB), 4096 * kMiB);
  EXPECT_EQ(DefaultReserve(64 * kMiB), 4 * kMiB);
  EXPECT_EQ(DefaultReserve(10'240 * kMiB), 16 * kMiB);
}

TEST(DiskSizes, BytesAreTold) {
  EXPECT_EQ(BytesText(0), "0.0 KiB");
  EXPECT_EQ(BytesText(1536), "1.5 KiB");
  EXPECT_EQ(BytesText(256 * kMiB), "256.0 MiB");
  EXPECT_EQ(BytesText(3ULL << 40), "3.0 TiB");
}

TEST_F(DiskWatchTest, NewWorkIsRefusedBelowTheMarkAndTakenAgainAboveIt) {
  DiskWatch watch(Options());
  EXPECT_TRUE(watch.AcceptWork().ok());
  free_ = 99 * kMiB;
  const Status refused = watch.AcceptWork();
  EXPECT_EQ(refused.code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(refused.message(), HasSubstr("has 99.0 MiB free, and 100.0 MiB must stay free"));
  EXPECT_THAT(refused.message(), HasSubstr(dir_.path()));
  EXPECT_TRUE(watch.State().low);
  free_ = 100 * kMiB;
  EXPECT_TRUE(watch.AcceptWork().ok());
  EXPECT_FALSE(watch.State().low);
}

TEST_F(DiskWatchTest, WhatWouldGoBelowTheMarkIsRefusedBeforeItComes) {
  DiskWatch watch(Options());
  EXPECT_TRUE(watch.AcceptWork(400 * kMiB).ok());
  const Status refused = watch.AcceptWork(401 * kMiB);
  EXPECT_EQ(refused.code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(refused.message(), HasSubstr("this needs 401.0 MiB more"));
}

TEST_F(DiskWatchTest, TheReserveIsReallyAllocated) {
  DiskWatch watch(Options());
  watch.Look();
  EXPECT_EQ(watch.State().reserve_held, 4 * kMiB);
  EXPECT_GE(AllocatedReserve(), 4 * kMiB);
}

TEST_F(DiskWatchTest, TheReserveIsGivenUpInPiecesAndMadeAgainWhenThereIsRoom) {
  DiskWatch watch(Options());
  watch.Look();
  free_ = 0;
  for (int i = 0; i < 16; ++i) EXPECT_TRUE(watch.MakeRoom());
  EXPECT_FALSE(watch.MakeRoom());
  EXPECT_EQ(AllocatedReserve(), 0U);
  watch.Look();
  EXPECT_EQ(watch.State().reserve_held, 0U);
  free_ = 103 * kMiB;  // would be low again with the reserve
  watch.Look();
  EXPECT_EQ(watch.State().reserve_held, 0U);
  free_ = 104 * kMiB;
  watch.Look();
  EXPECT_EQ(watch.State().reserve_held, 4 * kMiB);
}

TEST_F(DiskWatchTest, WhatFailedForAnotherReasonGetsNothing) {
  DiskWatch watch(Options());
  watch.Look();
  EXPECT_FALSE(watch.MakeRoom());
  EXPECT_EQ(watch.State().reserve_held, 4 * kMiB);
}

TEST_F(DiskWatchTest, AStartTakesOnlyWhatIsMissing) {
  DiskWatch watch(Options());
  watch.Look();
  free_ = kMiB / 2;
  watch.MakeRoomFor(2 * kMiB);
  EXPECT_EQ(watch.State().reserve_held, 4 * kMiB - 3 * kMiB / 2);
  free_ = 3 * kMiB;
  watch.MakeRoomFor(2 * kMiB);
  EXPECT_EQ(watch.State().reserve_held, 4 * kMiB - 3 * kMiB / 2);
}

TEST_F(DiskWatchTest, ASmallerReserveGivesTheRestBack) {
  {
    DiskWatch watch(Options());
    watch.Look();
  }
  DiskWatchOptions smaller = Options();
  smaller.reserve = kMiB;
  DiskWatch watch(smaller);
  watch.Look();
  EXPECT_EQ(watch.State().reserve_held, kMiB);
}

}  // namespace
}  // namespace mlengine::upkeep
