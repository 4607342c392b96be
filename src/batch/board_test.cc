#include "batch/board.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::batch {
namespace {

using std::chrono::seconds;
using testing::Optional;

// Two workers with three spans each.
class ChooseSpanTest : public ::testing::Test {
 protected:
  ChooseSpanTest() {
    plan_.workers = 2;
    plan_.files = {{"b", "f", 60, 1}};
    for (std::size_t i = 0; i < 6; ++i) plan_.spans.push_back({0, i * 10, i * 10 + 10, i / 3});
  }
  void Complete(std::size_t span) {
    states_[span].parts = 1;
    states_[span].info.last = true;
  }
  std::optional<std::size_t> Choose(std::size_t worker) const {
    return ChooseSpan(plan_, states_, changed_, worker, now_);
  }

  Plan plan_;
  std::vector<SpanState> states_{6};
  std::vector<std::optional<SteadyTime>> changed_{6};
  SteadyTime now_ = SteadyTime(seconds(1000));
};

TEST_F(ChooseSpanTest, OwnSpansComeFirstInTheirOrder) {
  EXPECT_THAT(Choose(0), Optional(0U));
  EXPECT_THAT(Choose(1), Optional(3U));
  Complete(0);
  changed_[1] = now_;  // an execution before this one has begun it
  states_[1].parts = 2;
  EXPECT_THAT(Choose(0), Optional(1U));
}

TEST_F(ChooseSpanTest, WhoIsDoneHelpsFromTheBack) {
  for (const std::size_t span : {0U, 1U, 2U}) Complete(span);
  EXPECT_THAT(Choose(0), Optional(5U));
  Complete(5);
  changed_[4] = now_ - seconds(29);
  EXPECT_THAT(Choose(0), Optional(3U));
  changed_[3] = now_;
  EXPECT_EQ(Choose(0), std::nullopt);
  now_ += seconds(1);
  EXPECT_THAT(Choose(0), Optional(4U)) << "nobody works on it any more";
}

TEST_F(ChooseSpanTest, NothingIsLeftWhenAllIsDone) {
  for (std::size_t span = 0; span < 6; ++span) Complete(span);
  EXPECT_EQ(Choose(0), std::nullopt);
  EXPECT_EQ(Choose(1), std::nullopt);
}

TEST(PartTest, IsTheSameInMetadata) {
  for (const PartInfo& info : {PartInfo{}, PartInfo{{12, 3}, 2, 1, 11, true, "ab12"}}) {
    const Result<PartInfo> read = DecodePart(EncodePart(info));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(*read, info);
  }
  Metadata metadata = EncodePart({});
  metadata["mlengine-offset"] = "1x";
  EXPECT_EQ(DecodePart(metadata).status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(DecodePart({}).status().code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace mlengine::batch
