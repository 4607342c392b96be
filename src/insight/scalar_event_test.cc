#include "insight/scalar_event.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <vector>

#include "insight/scalar_tensor.h"
#include "insight/testing/event_writer.h"

namespace mlengine::insight {
namespace {

constexpr std::string_view kFloatOne("\x08\x01\x12\x00\x2d\x00\x00\x80\x3f", 9);

std::string TensorValue(std::string_view tag, std::string_view tensor,
                        std::string_view plugin = "") {
  std::string value = BytesField(1, tag) + BytesField(8, tensor);
  if (!plugin.empty()) value += BytesField(9, BytesField(1, BytesField(1, plugin)));
  return BytesField(1, value);
}

class ScalarEventTest : public testing::Test {
 protected:
  std::vector<double> Read(const std::string& record) {
    std::vector<double> out;
    is_event_ = events_.Read(record, [&](std::string_view, const MetricPoint& point) {
      out.push_back(point.value);
      last_ = point;
    });
    return out;
  }
  ScalarEvents events_;
  bool is_event_ = false;
  MetricPoint last_;
};

TEST_F(ScalarEventTest, StepAndTimeAreTheEvents) {
  EXPECT_EQ(Read(Event(-3, 1.5, SimpleValue("a", 0.1F))), std::vector<double>{0.1});
  EXPECT_EQ(last_.step, -3);
  EXPECT_EQ(last_.time, FromUnixNanos(1'500'000'000));
  EXPECT_EQ(Read(Event(1, std::nan(""), SimpleValue("a", 2))), std::vector<double>{2});
  EXPECT_EQ(last_.time, FromUnixNanos(0));
  EXPECT_EQ(Read(Event(1, 1e300, SimpleValue("a", 2))), std::vector<double>{2});
}

TEST_F(ScalarEventTest, ATensorIsAScalarByItsPlugin) {
  EXPECT_TRUE(Read(Event(1, 0, TensorValue("a", kFloatOne))).empty());
  EXPECT_TRUE(Read(Event(1, 0, TensorValue("a", kFloatOne, "hparams"))).empty());
  EXPECT_EQ(Read(Event(1, 0, TensorValue("a", kFloatOne, "scalars"))), std::vector<double>{1});
  EXPECT_EQ(Read(Event(2, 0, TensorValue("a", kFloatOne))), std::vector<double>{1})
      << "known from before";
  EXPECT_TRUE(Read(Event(2, 0, TensorValue("b", kFloatOne))).empty());
  EXPECT_TRUE(is_event_);
}

TEST_F(ScalarEventTest, AnOverlongTagIsLeftOutAndCounted) {
  EXPECT_TRUE(Read(Event(1, 0, SimpleValue(std::string(600, 't'), 1))).empty());
  EXPECT_TRUE(is_event_);
  EXPECT_EQ(events_.left_out(), 1U);
}

TEST_F(ScalarEventTest, WhatIsNoEventIsSaid) {
  const std::string whole = Event(1, 0, SimpleValue("a", 1));
  for (std::size_t cut = 12; cut + 1 < whole.size(); ++cut) {
    Read(whole.substr(0, cut));
    EXPECT_FALSE(is_event_) << cut;
  }
  EXPECT_TRUE(MayHoldScalars(whole));
  EXPECT_TRUE(MayHoldScalars(whole.substr(0, 4)));
  EXPECT_FALSE(MayHoldScalars("\x09" + Bits(0, 8) + "\x22"));
}

TEST(ScalarTensorTest, ReadsEachTypeFromItsListAndFromContent) {
  const auto of = [](std::string_view tensor) { return ScalarOfTensor(tensor); };
  const auto type = [](char number) { return std::string("\x08") + number; };
  EXPECT_EQ(of(type(1) + "\x2d" + Bits(0x3F800000, 4)), 1);
  EXPECT_EQ(of(type(1) + BytesField(5, Bits(0x3DCCCCCD, 4))), 0.1) << "packed";
  EXPECT_EQ(of(type(1) + BytesField(4, Bits(0x3DCCCCCD, 4))), 0.1);
  EXPECT_EQ(of(type(2) + BytesField(4, Bits(0x3FB999999999999A, 8))), 0.1);
  EXPECT_EQ(of(type(3) + BytesField(7, Varint(~0ULL))), -1);
  EXPECT_EQ(of(type(3) + BytesField(4, Bits(0xFFFFFFFE, 4))), -2);
  EXPECT_EQ(of(type(9) + BytesField(10, Varint(7))), 7);
  EXPECT_EQ(of(type(10) + BytesField(11, Varint(1))), 1);
  EXPECT_EQ(of(type(14) + BytesField(13, Varint(0x3F80))), 1);
  EXPECT_EQ(of(type(19) + BytesField(13, Varint(0x3800))), 0.5);
  EXPECT_EQ(of(type(19) + BytesField(4, Bits(0xFC00, 2))), -HUGE_VAL);
  EXPECT_EQ(of(type(19) + BytesField(13, Varint(1))), std::ldexp(1, -24));
  EXPECT_EQ(of(type(1)), 0) << "a zero is left out";
}

TEST(ScalarTensorTest, RefusesWhatIsNotOneNumber) {
  const auto of = [](std::string_view tensor) { return ScalarOfTensor(tensor); };
  const std::string shape_of_one = BytesField(2, BytesField(2, "\x08\x01"));
  const std::string shape_of_two = BytesField(2, BytesField(2, "\x08\x02"));
  const std::string list = BytesField(5, Bits(0x3F800000, 4));
  EXPECT_EQ(of("\x08\x01" + shape_of_one + list), 1);
  EXPECT_FALSE(of("\x08\x01" + shape_of_two + list));
  EXPECT_FALSE(of("\x08\x01" + list + list));
  EXPECT_FALSE(of("\x08\x01" + BytesField(5, Bits(0, 8))));
  EXPECT_FALSE(of("\x08\x07" + BytesField(8, "text")));
  EXPECT_FALSE(of("\x08\x01\x22\x7f"));
  EXPECT_FALSE(of(""));
}

}  // namespace
}  // namespace mlengine::insight
