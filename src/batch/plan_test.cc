#include "batch/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::batch {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kMiB = 1U << 20;

std::vector<InputFile> Files(const std::vector<std::uint64_t>& sizes) {
  std::vector<InputFile> files;
  for (const std::uint64_t size : sizes)
    files.push_back({"bkt", "in/" + std::to_string(files.size()), size, 7});
  return files;
}

TEST(PlanTest, SpansCoverEachByteOnce) {
  const Plan plan = MakePlan(Files({10 * kMiB + 3, 0, 5, 300 * kMiB}), InputFormat::kJson, 3);
  std::size_t next = 0;
  for (std::size_t file = 0; file < plan.files.size(); ++file) {
    std::uint64_t at = 0;
    for (; next < plan.spans.size() && plan.spans[next].file == file; ++next) {
      EXPECT_EQ(plan.spans[next].begin, at);
      EXPECT_GT(plan.spans[next].end, at);
      at = plan.spans[next].end;
    }
    EXPECT_EQ(at, plan.files[file].size);
  }
  EXPECT_EQ(next, plan.spans.size());
}

TEST(PlanTest, WorkersHaveStretchesOfAboutEqualSize) {
  const Plan plan = MakePlan(Files({100 * kMiB, 100 * kMiB, 100 * kMiB}), InputFormat::kJson, 4);
  std::vector<std::uint64_t> bytes(4, 0);
  std::size_t before = 0;
  for (const Span& span : plan.spans) {
    EXPECT_GE(span.worker, before);
    before = span.worker;
    bytes[span.worker] += span.end - span.begin;
  }
  for (const std::uint64_t one : bytes)
    EXPECT_NEAR(static_cast<double>(one), 75e6 * 1.048576, 25e6);
}

TEST(PlanTest, FilesOfRecordsAreNotCut) {
  const Plan plan = MakePlan(Files({100 * kMiB, 3}), InputFormat::kTfRecordGzip, 8);
  ASSERT_EQ(plan.spans.size(), 2U);
  EXPECT_EQ(plan.spans[0], (Span{0, 0, 100 * kMiB, 0}));
  EXPECT_EQ(plan.spans[1].worker, 7U);
}

TEST(PlanTest, ManyWorkersAreOfUseForMuchInput) {
  EXPECT_EQ(WorkersFor(Files({10}), InputFormat::kJson, 10, 8), 1);
  EXPECT_EQ(WorkersFor(Files({3 * kMiB}), InputFormat::kJson, 10, 8), 3);
  EXPECT_EQ(WorkersFor(Files({300 * kMiB}), InputFormat::kJson, 10, 8), 8);
  EXPECT_EQ(WorkersFor(Files({300 * kMiB}), InputFormat::kJson, 2, 8), 2);
  EXPECT_EQ(WorkersFor(Files({300 * kMiB, 1}), InputFormat::kTfRecord, 10, 8), 2);
  EXPECT_EQ(WorkersFor(Files({0}), InputFormat::kJson, 10, 0), 1);
}

TEST(PlanTest, IsTheSameAfterItWasKept) {
  const Plan plan = MakePlan(Files({3 * kMiB, 9}), InputFormat::kTfRecord, 2);
  const Result<Plan> read = DecodePlan(EncodePlan(plan));
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->format, plan.format);
  EXPECT_EQ(read->workers, plan.workers);
  EXPECT_EQ(read->spans, plan.spans);
  EXPECT_EQ(read->files[1].Url(), "gs://bkt/in/1");
  EXPECT_EQ(read->files[1].generation, 7);
  EXPECT_EQ(read->bytes(), 3 * kMiB + 9);
}

TEST(PlanTest, RefusesWhatIsNoPlan) {
  const std::string head =
      R"({"version":1,"format":0,"workers":1,"files":[["b","n",9,1]],"spans":)";
  EXPECT_TRUE(DecodePlan(head + "[[0,0,9,0]]}").ok());
  for (const std::string& text :
       {std::string("{"), std::string("[]"), head + "[[1,0,9,0]]}", head + "[[0,0,10,0]]}",
        head + "[[0,5,4,0]]}", head + "[[0,0,9,1]]}", head + "[[0,0,-1,0]]}", head + "3}",
        std::string(R"({"version":2,"format":0,"workers":1})")}) {
    EXPECT_EQ(DecodePlan(text).status().code(), StatusCode::kDataLoss) << text;
  }
}

}  // namespace
}  // namespace mlengine::batch
