#include "metrics/sample_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/testing/temp_dir.h"

namespace mlengine::metrics {
namespace {

using model::ResourceSample;
using std::chrono::seconds;

constexpr Time kStart{Nanoseconds(1'514'862'245'000'000'000)};

class SampleFileTest : public testing::Test {
 protected:
  static std::string Record(int second) {
    ResourceSample sample;
    sample.elapsed = seconds(second);
    sample.memory_bytes = second * 1000;
    std::string out;
    model::EncodeSample(sample, out);
    return out;
  }
  void Append(const std::string& bytes) {
    std::ofstream(path_, std::ios::app | std::ios::binary) << bytes;
  }

  const TempDir folder_;
  const std::string path_ = folder_ / "samples-0";
  SampleFile file_{RealFileSystem(), path_};
};

TEST_F(SampleFileTest, FollowsAGrowingFile) {
  EXPECT_EQ(file_.Refresh().code(), StatusCode::kNotFound);
  EXPECT_EQ(file_.Newest().status().code(), StatusCode::kNotFound);
  Append(model::SampleFileHeader(kStart));
  EXPECT_FALSE((*file_.Newest()).has_value());
  const std::string third = Record(3);
  Append(Record(1) + Record(2) + third.substr(0, 9));
  EXPECT_EQ((*file_.Newest())->memory_bytes, 2000);
  Append(third.substr(9) + Record(4));
  const auto since = file_.Since(kStart + seconds(3));
  ASSERT_TRUE(since.ok());
  ASSERT_EQ(since->size(), 2U);
  EXPECT_EQ((*since)[0].time, kStart + seconds(3));
  EXPECT_EQ((*since)[1].memory_bytes, 4000);
  EXPECT_TRUE(file_.Since(kStart + seconds(5))->empty());
  EXPECT_EQ(file_.samples().size(), 4U);
}

TEST_F(SampleFileTest, KeepsWhatItHasWhenTheFileGoes) {
  Append(model::SampleFileHeader(kStart) + Record(1));
  EXPECT_EQ((*file_.Newest())->memory_bytes, 1000);
  ASSERT_TRUE(RealFileSystem().Remove(path_).ok());
  EXPECT_EQ(file_.Refresh().code(), StatusCode::kNotFound);
  EXPECT_EQ((*file_.Newest())->memory_bytes, 1000);
}

TEST_F(SampleFileTest, ReadsAnotherFileAnew) {
  Append(model::SampleFileHeader(kStart) + Record(1) + Record(2));
  ASSERT_TRUE(file_.Refresh().ok());
  ASSERT_TRUE(
      RealFileSystem().ReplaceVisible(path_, model::SampleFileHeader(kStart) + Record(7)).ok());
  EXPECT_EQ((*file_.Newest())->memory_bytes, 7000);
  EXPECT_EQ(file_.samples().size(), 1U);
}

TEST_F(SampleFileTest, ForgetsWhatIsOlder) {
  SampleFile window(RealFileSystem(), path_, seconds(10));
  Append(model::SampleFileHeader(kStart));
  for (int second = 1; second <= 100; ++second) Append(Record(second));
  ASSERT_TRUE(window.Refresh().ok());
  EXPECT_EQ(window.samples().size(), 11U);
  EXPECT_EQ(window.samples().front().elapsed, seconds(90));
}

TEST_F(SampleFileTest, SaysWhatIsNoSampleFile) {
  Append("a program wrote this here, and more of it");
  for (int i = 0; i < 2; ++i) {
    const Status refreshed = file_.Refresh();
    EXPECT_EQ(refreshed.code(), StatusCode::kDataLoss);
    EXPECT_NE(refreshed.message().find(path_), std::string::npos);
  }
  EXPECT_FALSE(file_.Newest().ok());
}

TEST_F(SampleFileTest, ReadsNoMoreThanARunnerWrites) {
  Append(model::SampleFileHeader(kStart) + Record(1) +
         std::string(model::kMostSampleBytes, '\xA7') + Record(2));
  ASSERT_TRUE(file_.Refresh().ok());
  EXPECT_EQ(file_.samples().size(), 1U);
}

}  // namespace
}  // namespace mlengine::metrics
