#include "serving/warm_up.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/digest.h"
#include "base/file_system.h"
#include "base/testing/temp_dir.h"
#include "serving/tensor_proto.h"

namespace mlengine::serving {
namespace {

using tensors::Tensor;
using tensors::TensorType;
using testing::ElementsAre;
using testing::HasSubstr;

std::string Varint(std::uint64_t value) {
  std::string out;
  for (; value > 0x7F; value >>= 7) out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}
std::string Number(int field, std::uint64_t value) {
  return Varint(static_cast<std::uint64_t>(field) << 3) + Varint(value);
}
std::string Bytes(int field, std::string_view value) {
  return Varint(static_cast<std::uint64_t>(field) << 3 | 2) + Varint(value.size()) +
         std::string(value);
}
std::string Little(std::uint64_t value, int size) {
  std::string out;
  for (int i = 0; i < size; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}
std::string Checksum(std::string_view bytes) {
  const std::uint32_t crc = ExtendCrc32c(0, bytes);
  return Little((crc >> 15 | crc << 17) + 0xA282EAD8U, 4);
}
std::string Record(std::string_view bytes) {
  const std::string length = Little(bytes.size(), 8);
  return length + Checksum(length) + std::string(bytes) + Checksum(bytes);
}
std::string Shape(const std::vector<std::uint64_t>& dims) {
  std::string shape;
  for (const std::uint64_t dim : dims) shape += Bytes(2, Number(1, dim));
  return Bytes(2, shape);
}
std::string Floats(const std::vector<float>& values) {
  std::string out(values.size() * sizeof(float), '\0');
  std::memcpy(out.data(), values.data(), out.size());
  return out;
}
// PredictionLog{predict_log: {request: …}}.
std::string Log(const std::string& signature, const std::string& input, const std::string& tensor) {
  const std::string request = Bytes(1, Bytes(1, "a model") + Bytes(3, signature)) +
                              Bytes(2, Bytes(1, input) + Bytes(2, tensor));
  return Bytes(6, Bytes(1, request));
}

Signatures OneSignature() {
  Signature signature;
  signature.inputs["x"] = {"x:0", TensorType::kFloat, true, {-1, 2}};
  signature.outputs["y"] = {"y:0", TensorType::kFloat, true, {-1}};
  return {{"serving_default", signature}};
}

TEST(TensorProtoTest, ValuesInOnePieceOneByOneAndPacked) {
  const std::string two = Number(1, 1) + Shape({2});
  const std::string wanted = Floats({1.5F, -2});
  EXPECT_EQ(ReadTensorProto(two + Bytes(4, wanted))->data, wanted);
  EXPECT_EQ(ReadTensorProto(two + Bytes(5, wanted))->data, wanted);
  const auto fixed = [](float value) { return Varint(5 << 3 | 5) + Floats({value}); };
  EXPECT_EQ(ReadTensorProto(two + fixed(1.5F) + fixed(-2))->data, wanted);
  // One value stands for all.
  EXPECT_EQ(ReadTensorProto(two + fixed(7))->data, Floats({7, 7}));

  const auto ints = ReadTensorProto(Number(1, 3) + Shape({3}) +
                                    Bytes(7, Varint(5) + Varint(~std::uint64_t{0}) + Varint(300)));
  EXPECT_EQ(ints->data, Little(5, 4) + Little(0xFFFFFFFF, 4) + Little(300, 4));
  const auto strings = ReadTensorProto(Number(1, 7) + Shape({1, 2}) + Bytes(8, "a") +
                                       Bytes(8, std::string(3, '\0')));
  EXPECT_THAT(strings->strings, ElementsAre("a", std::string(3, '\0')));
  EXPECT_THAT(strings->dims, ElementsAre(1, 2));
}

TEST(TensorProtoTest, WhatIsNoneIsRefused) {
  const auto wrong = [](const std::string& bytes) {
    return ReadTensorProto(bytes).status().message();
  };
  EXPECT_THAT(wrong(Number(1, 8) + Shape({1})), HasSubstr("type 8 cannot be sent"));
  EXPECT_THAT(wrong(Number(1, 1) + Shape({2})), HasSubstr("has no values"));
  EXPECT_THAT(wrong(Number(1, 1) + Shape({2}) + Bytes(4, "abc")), HasSubstr("cut values"));
  EXPECT_THAT(wrong(Number(1, 1) + Shape({1}) + Bytes(4, Floats({1, 2}))),
              HasSubstr("more values than its shape"));
  EXPECT_THAT(wrong(Number(1, 1) + Shape({1ULL << 39}) + Bytes(4, Floats({1}))),
              HasSubstr("no good shape"));
  EXPECT_THAT(wrong("\xff"), HasSubstr("is damaged"));
}

class WarmUpTest : public testing::Test {
 protected:
  Status Warm(const std::string& file) {
    const std::string path = JoinPath(dir_.path(), std::string(kWarmUpFile));
    EXPECT_TRUE(RealFileSystem().MakeDirectoriesVisible(ParentPath(path)).ok());
    EXPECT_TRUE(RealFileSystem().ReplaceVisible(path, file).ok());
    return WarmUp(dir_.path(), OneSignature(), [this](const tensors::RunRequest& request) {
      asked_.push_back(request);
      return Result<tensors::RunAnswer>(tensors::RunAnswer{said_, {}});
    });
  }
  const std::string tensor_ = Number(1, 1) + Shape({1, 2}) + Bytes(4, Floats({1, 2}));
  TempDir dir_;
  Status said_;
  std::vector<tensors::RunRequest> asked_;
};

TEST_F(WarmUpTest, EveryRecordIsRunOnce) {
  ASSERT_EQ(Warm(Record(Log("serving_default", "x", tensor_)) + Record(Log("", "x", tensor_))),
            OkStatus());
  ASSERT_EQ(asked_.size(), 2U);
  EXPECT_EQ(asked_[0].feeds[0].name, "x:0");
  EXPECT_EQ(asked_[0].feeds[0].data, Floats({1, 2}));
  EXPECT_THAT(asked_[0].fetches, ElementsAre("y:0"));
}

TEST_F(WarmUpTest, AModelWithoutTheFileIsLeftAlone) {
  EXPECT_EQ(WarmUp(dir_.path(), OneSignature(), {}), OkStatus());
}

TEST_F(WarmUpTest, WhatIsWrongIsSaidOfTheRequest) {
  const std::string good = Record(Log("", "x", tensor_));
  EXPECT_THAT(Warm(good + Record(Log("", "z", tensor_))).message(),
              HasSubstr("tf_serving_warmup_requests: request 2 has the input z"));
  EXPECT_THAT(Warm(Record(Log("other", "x", tensor_))).message(),
              HasSubstr("No signature found for signature key other"));
  EXPECT_THAT(Warm(Record(Bytes(4, ""))).message(), HasSubstr("request 1 is none to predict"));
  EXPECT_THAT(Warm(Record("\xff")).message(), HasSubstr("request 1 is no PredictionLog"));
  EXPECT_THAT(Warm(good.substr(0, good.size() - 1)).message(), HasSubstr("is cut"));
  EXPECT_THAT(Warm("text").message(), HasSubstr("no TFRecord at byte 0"));
  EXPECT_TRUE(asked_.empty());  // nothing is run of a file that is wrong
  said_ = InvalidArgumentError("no such row");
  EXPECT_THAT(Warm(good).message(), HasSubstr("request 1: no such row"));
}

}  // namespace
}  // namespace mlengine::serving
