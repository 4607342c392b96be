#include "executor/local/gpu_quarantine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::executor {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Looks are taken by hand: the thread's own comes after an hour.
class GpuQuarantineTest : public ::testing::Test {
 protected:
  std::mutex mutex_;
  Result<std::vector<model::GpuHolder>> there_ = std::vector<model::GpuHolder>{};
  GpuQuarantine quarantine_{[this] {
                              const std::lock_guard lock(mutex_);
                              return there_;
                            },
                            std::chrono::hours(1)};
};

TEST_F(GpuQuarantineTest, KeepsAGpuUntilThoseWhoHeldItAreGone) {
  const model::GpuHolder left{"GPU-a", 42, "python"};
  const model::GpuHolder other{"GPU-a", 7, "notebook"};  // was there before
  quarantine_.Put(left);
  ASSERT_THAT(quarantine_.Held(), SizeIs(1));
  EXPECT_THAT(quarantine_.Held()[0].why, HasSubstr("GPU-a is still held by process 42 (python)"));
  there_ = std::vector{left, other};
  EXPECT_FALSE(quarantine_.LookNow());
  there_ = Status(UnavailableError("no answer"));
  EXPECT_FALSE(quarantine_.LookNow());
  EXPECT_THAT(quarantine_.Held(), SizeIs(1));
  there_ = std::vector{other};
  EXPECT_TRUE(quarantine_.LookNow());
  EXPECT_THAT(quarantine_.Held(), IsEmpty());
}

TEST_F(GpuQuarantineTest, OfALostRunnerItLooksForItself) {
  {
    const std::lock_guard lock(mutex_);
    there_ = std::vector{model::GpuHolder{"GPU-b", 9, "python"}};
  }
  quarantine_.Suspect("GPU-a");
  quarantine_.Suspect("GPU-b");
  quarantine_.LookNow();  // the thread may have been there first
  const std::vector<HeldGpu> held = quarantine_.Held();
  ASSERT_THAT(held, SizeIs(1));
  EXPECT_EQ(held[0].uuid, "GPU-b");
  EXPECT_THAT(held[0].why, HasSubstr("process 9 (python)"));
}

TEST(GpuHoldersTest, ReadsWhatNvidiaSmiPrints) {
  EXPECT_EQ(model::ParseGpuHolders("GPU-a, 42, /usr/bin/python3\nGPU-b, 7, [Not Found]\n"),
            (std::vector<model::GpuHolder>{{"GPU-a", 42, "/usr/bin/python3"},
                                           {"GPU-b", 7, "[Not Found]"}}));
  EXPECT_THAT(model::ParseGpuHolders("No running processes found\n\nGPU-a, x, y\n0, GPU-a, K80\n"),
              IsEmpty());
}

}  // namespace
}  // namespace mlengine::executor
