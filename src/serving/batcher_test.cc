#include "serving/batcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <future>
#include <mutex>
#include <thread>

#include "serving/batch_tensors.h"

namespace mlengine::serving {
namespace {

using std::chrono::seconds;
using tensors::RunAnswer;
using tensors::RunRequest;
using tensors::Tensor;
using tensors::TensorType;
using testing::ElementsAre;

Tensor Floats(const std::string& name, const std::vector<float>& values, std::int64_t width = 1) {
  Tensor tensor{
      name, TensorType::kFloat, {static_cast<std::int64_t>(values.size()) / width}, {}, {}};
  if (width > 1) tensor.dims.push_back(width);
  tensor.data.assign(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  return tensor;
}

std::vector<float> ValuesOf(const Tensor& tensor) {
  std::vector<float> values(tensor.data.size() / sizeof(float));
  std::memcpy(values.data(), tensor.data.data(), tensor.data.size());
  return values;
}

RunRequest Ask(const std::vector<float>& values) {
  return {{Floats("x:0", values)}, {"y:0"}};
}

// A model that doubles, which stays in its run until it is let go.
class Model {
 public:
  Result<RunAnswer> Run(const RunRequest& request) {
    std::unique_lock lock(mutex_);
    ++runs;
    at_work_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    std::vector<float> values = ValuesOf(request.feeds[0]);
    for (float& value : values) {
      if (value < 0) return RunAnswer{InvalidArgumentError("negative"), {}};
      value *= 2;
    }
    if (gone) return UnavailableError("gone");
    RunAnswer answer;
    answer.outputs.push_back(sums ? Floats("y:0", {values[0]}) : Floats("y:0", values));
    return answer;
  }
  void WaitAtWork() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return at_work_; });
  }
  void LetGo() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

  int runs = 0;
  bool gone = false;
  bool sums = false;  // one row for all

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool at_work_ = false;
  bool open_ = false;
};

class BatcherTest : public testing::Test {
 protected:
  using Future = std::future<Result<RunAnswer>>;
  Future Start(std::vector<float> values, bool rows = true) {
    return std::async(std::launch::async,
                      [this, values = std::move(values), rows]() -> Result<RunAnswer> {
                        return batcher_.Run(Ask(values), rows, seconds(60));
                      });
  }
  // One at work, and these behind it.
  std::vector<Future> Crowd(const std::vector<std::vector<float>>& asked, bool rows = true) {
    std::vector<Future> futures;
    futures.push_back(Start({1}));
    model_.WaitAtWork();
    for (const auto& values : asked) {
      futures.push_back(Start(values, rows));
      while (batcher_.waiting() < futures.size() - 1) std::this_thread::yield();
    }
    return futures;
  }
  static std::vector<float> Values(Future& future) {
    const Result<RunAnswer> answer = future.get();
    if (!answer.ok() || answer->outputs.empty()) return {};
    return ValuesOf(answer->outputs[0]);
  }

  Model model_;
  std::mutex told_mutex_;
  std::vector<std::pair<std::int64_t, std::size_t>> told_;
  Batcher batcher_{[this](const RunRequest& request) { return model_.Run(request); },
                   {.slots = 1,
                    .most_instances = 4,
                    .on_run = [this](std::int64_t instances, std::size_t requests) {
                      const std::lock_guard lock(told_mutex_);
                      told_.emplace_back(instances, requests);
                    }}};
};

TEST_F(BatcherTest, AloneWhenIdle) {
  model_.LetGo();
  const auto answer = batcher_.Run(Ask({1, 2}), true, seconds(60));
  ASSERT_TRUE(answer.ok());
  EXPECT_THAT(ValuesOf(answer->outputs[0]), ElementsAre(2, 4));
  EXPECT_THAT(told_, ElementsAre(std::pair(2, 1)));
}

TEST_F(BatcherTest, WhatWaitsGoesTogetherAndEachGetsItsOwn) {
  auto futures = Crowd({{2}, {3, 4}, {5}});
  model_.LetGo();
  EXPECT_THAT(Values(futures[0]), ElementsAre(2));
  EXPECT_THAT(Values(futures[1]), ElementsAre(4));
  EXPECT_THAT(Values(futures[2]), ElementsAre(6, 8));
  EXPECT_THAT(Values(futures[3]), ElementsAre(10));
  EXPECT_THAT(told_, ElementsAre(std::pair(1, 1), std::pair(4, 3)));
}

TEST_F(BatcherTest, ARunHasAtMostSoManyInstances) {
  auto futures = Crowd({{2, 2, 2}, {3, 3}, {4}});
  model_.LetGo();
  for (auto& future : futures) EXPECT_TRUE(future.get().ok());
  // The third fits beside the first, the second goes next.
  EXPECT_THAT(told_, ElementsAre(std::pair(1, 1), std::pair(4, 2), std::pair(2, 1)));
}

TEST_F(BatcherTest, OneThatTheModelRefusesHarmsNoOther) {
  auto futures = Crowd({{2}, {-1}, {5}});
  model_.LetGo();
  EXPECT_THAT(Values(futures[1]), ElementsAre(4));
  const auto refused = futures[2].get();
  ASSERT_TRUE(refused.ok());
  EXPECT_EQ(refused->status, InvalidArgumentError("negative"));
  EXPECT_THAT(Values(futures[3]), ElementsAre(10));
}

TEST_F(BatcherTest, AModelWithoutRowsIsFoundOutOnce) {
  model_.sums = true;
  auto futures = Crowd({{2}, {3}});
  model_.LetGo();
  EXPECT_THAT(Values(futures[1]), ElementsAre(4));
  EXPECT_THAT(Values(futures[2]), ElementsAre(6));
  EXPECT_EQ(model_.runs, 4);  // alone, together, and both again
}

TEST_F(BatcherTest, WithoutRowsEachRunsAlone) {
  auto futures = Crowd({{2}, {3}}, false);
  model_.LetGo();
  for (auto& future : futures) EXPECT_TRUE(future.get().ok());
  EXPECT_THAT(told_, testing::Each(testing::Pair(1, 1)));
}

TEST_F(BatcherTest, TheEndOfAProcessIsToldToAllThatItWorkedOn) {
  auto futures = Crowd({{2}, {3}});
  model_.gone = true;
  model_.LetGo();
  for (auto& future : futures) EXPECT_EQ(future.get().status().code(), StatusCode::kUnavailable);
}

TEST_F(BatcherTest, OneThatIsNeverInARunGivesUp) {
  auto futures = Crowd({});
  EXPECT_EQ(batcher_.Run(Ask({2}), true, std::chrono::milliseconds(20)).status().code(),
            StatusCode::kDeadlineExceeded);
  EXPECT_EQ(batcher_.waiting(), 0U);
  model_.LetGo();
  EXPECT_TRUE(futures[0].get().ok());
}

TEST_F(BatcherTest, MoreSlotsTakeWhoWaits) {
  auto futures = Crowd({{2, 2, 2, 2}, {3, 3, 3}});
  batcher_.SetSlots(3);
  EXPECT_EQ(batcher_.waiting(), 0U);
  model_.LetGo();
  for (auto& future : futures) EXPECT_TRUE(future.get().ok());
}

TEST(BatchTensorsTest, OnlyRequestsOfOneKindGoTogether) {
  EXPECT_EQ(KindOf(Ask({1})), KindOf(Ask({1, 2, 3})));
  EXPECT_NE(KindOf(Ask({1})), KindOf({{Floats("x:0", {1, 2}, 2)}, {"y:0"}}));
  EXPECT_NE(KindOf(Ask({1})), KindOf({{Floats("x:0", {1})}, {"z:0"}}));
  EXPECT_EQ(InstancesOf({{Floats("a", {1, 2}), Floats("b", {1})}, {}}), std::nullopt);
  EXPECT_EQ(InstancesOf({{Floats("a", {1, 2, 3, 4}, 2), Floats("b", {1, 2})}, {}}), 2);
}

TEST(BatchTensorsTest, RowsOfStringsAndOfWiderValuesArePartedAsWell) {
  RunAnswer answer;
  answer.outputs = {Floats("y", {1, 2, 3, 4, 5, 6}, 2),
                    {"s", TensorType::kString, {3}, {}, {"a", "b", "c"}}};
  const auto parts = Parted(answer, {1, 2});
  ASSERT_TRUE(parts.has_value());
  EXPECT_THAT(ValuesOf((*parts)[1].outputs[0]), ElementsAre(3, 4, 5, 6));
  EXPECT_THAT((*parts)[1].outputs[0].dims, ElementsAre(2, 2));
  EXPECT_THAT((*parts)[1].outputs[1].strings, ElementsAre("b", "c"));
  EXPECT_EQ(Parted(answer, {1, 1}), std::nullopt);
}

}  // namespace
}  // namespace mlengine::serving
