#include "serving/predictor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstring>

namespace mlengine::serving {
namespace {

using tensors::Tensor;
using tensors::TensorType;
using testing::ElementsAre;
using testing::HasSubstr;

template <typename T>
std::string Bytes(std::vector<T> values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

TensorSpec Spec(const std::string& tensor, TensorType type, std::vector<std::int64_t> dims) {
  return {tensor, type, true, std::move(dims)};
}

class PredictorTest : public testing::Test {
 protected:
  Signature& Default() { return signatures_["serving_default"]; }

  // Answers with `outputs_`, and keeps what it was asked.
  Result<std::string> Call(const std::string& body) {
    Result<Prediction> prediction =
        Predict(body, signatures_, [this](const tensors::RunRequest& request, bool /*rows*/) {
          asked_ = request;
          return failure_.ok() ? Result<tensors::RunAnswer>(tensors::RunAnswer{said_, outputs_})
                               : Result<tensors::RunAnswer>(failure_);
        });
    MLENGINE_RETURN_IF_ERROR(prediction.status());
    EXPECT_EQ(prediction->refused, prediction->body.starts_with("{\"error\""));
    return std::move(prediction->body);
  }
  std::string Error(const std::string& body) {
    const Result<std::string> answer = Call(body);
    if (!answer.ok()) return answer.status().ToString();
    const boost::json::value parsed = boost::json::parse(*answer);
    const boost::json::value* const error = parsed.as_object().if_contains("error");
    return error == nullptr ? "no error: " + *answer : std::string(error->as_string());
  }
  // One input x that goes through.
  void OneInput(TensorType type, std::vector<std::int64_t> dims) {
    Default().inputs["x"] = Spec("x:0", type, std::move(dims));
    Default().outputs["y"] = Spec("y:0", TensorType::kFloat, {-1});
    outputs_ = {{"y:0", TensorType::kFloat, {1}, Bytes<float>({1}), {}}};
  }

  Signatures signatures_;
  std::vector<Tensor> outputs_;
  Status said_;
  Status failure_;
  tensors::RunRequest asked_;
};

TEST_F(PredictorTest, ABareValueAndANamedOneAreTheSame) {
  OneInput(TensorType::kFloat, {-1, 2});
  ASSERT_TRUE(Call(R"({"instances":[[1,2.5],{"x":[3,-4]}]})").ok());
  ASSERT_EQ(asked_.feeds.size(), 1U);
  EXPECT_EQ(asked_.feeds[0],
            (Tensor{"x:0", TensorType::kFloat, {2, 2}, Bytes<float>({1, 2.5, 3, -4}), {}}));
  EXPECT_THAT(asked_.fetches, ElementsAre("y:0"));
}

TEST_F(PredictorTest, AnswersAreOneObjectForEachInstance) {
  OneInput(TensorType::kInt64, {-1});
  Default().outputs["label"] = Spec("l:0", TensorType::kString, {-1});
  Default().outputs["raw_bytes"] = Spec("r:0", TensorType::kString, {-1, 1});
  outputs_ = {{"l:0", TensorType::kString, {2}, "", {"a\"", "\xc3\xa9"}},
              {"r:0", TensorType::kString, {2, 1}, "", {std::string("\0\xff", 2), ""}},
              {"y:0", TensorType::kFloat, {2}, Bytes<float>({0.1F, 1e20F}), {}}};
  const Result<std::string> answer = Call(R"({"instances":[1,2]})");
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(*answer,
            "{\"predictions\": [{\"label\": \"a\\\"\", \"raw_bytes\": [{\"b64\": \"AP8=\"}], "
            "\"y\": 0.10000000149011612}, {\"label\": \"\xc3\xa9\", \"raw_bytes\": [{\"b64\": "
            "\"\"}], \"y\": 1.0000000200408773e+20}]}");
}

TEST_F(PredictorTest, NumbersAreWrittenAsPythonDoes) {
  OneInput(TensorType::kFloat, {-1});
  const double infinite = std::numeric_limits<double>::infinity();
  outputs_ = {{"y:0",
               TensorType::kDouble,
               {8},
               Bytes<double>({1, 0.0001, 0.00001, 1e15, 1e16, -0.0, infinite, std::nan("")}),
               {}}};
  EXPECT_EQ(*Call(R"({"instances":[1]})"),
            "{\"predictions\": [{\"y\": 1.0}, {\"y\": 0.0001}, {\"y\": 1e-05}, {\"y\": "
            "1000000000000000.0}, {\"y\": 1e+16}, {\"y\": -0.0}, {\"y\": Infinity}, {\"y\": "
            "NaN}]}");
}

TEST_F(PredictorTest, BytesComeAsBase64) {
  OneInput(TensorType::kString, {-1});
  ASSERT_TRUE(Call(R"({"instances":[{"b64":"AP8="},"text",{"x":{"b64":""}}]})").ok());
  EXPECT_THAT(asked_.feeds[0].strings, ElementsAre(std::string("\0\xff", 2), "text", ""));
  EXPECT_THAT(Error(R"({"instances":[{"b64":"%"}]})"),
              HasSubstr("instance 0: the value of \"b64\" is not base64"));
  EXPECT_THAT(Error(R"({"instances":[{"b64":1}]})"), HasSubstr("is no string"));
  EXPECT_THAT(Error(R"({"instances":[5]})"), HasSubstr("not the number 5"));
}

TEST_F(PredictorTest, NoBytesForAModelThatTakesNone) {
  OneInput(TensorType::kFloat, {-1});
  EXPECT_EQ(Error(R"({"instances":[{"b64":"AP8="}]})"),
            "Prediction failed: Invalid inputs: Expected tensor name: x, got tensor name: [b64]. "
            "(Error code: 1)");
}

TEST_F(PredictorTest, SeveralInputsAreAllNamed) {
  OneInput(TensorType::kInt32, {-1});
  Default().inputs["flag"] = Spec("f:0", TensorType::kBool, {-1});
  ASSERT_TRUE(Call(R"({"instances":[{"x":1,"flag":true},{"flag":false,"x":2.0}]})").ok());
  EXPECT_EQ(asked_.feeds[0], (Tensor{"f:0", TensorType::kBool, {2}, std::string("\1\0", 2), {}}));
  EXPECT_EQ(asked_.feeds[1].data, Bytes<std::int32_t>({1, 2}));
  EXPECT_THAT(Error(R"({"instances":[{"x":1,"flag":true,"k":1}]})"),
              HasSubstr("Unexpected tensor name: k"));
  EXPECT_THAT(Error(R"({"instances":[{"x":1,"flag":true},{"x":1}]})"),
              HasSubstr("Input flag was missing in at least one input instance."));
  EXPECT_THAT(Error(R"({"instances":[1]})"), HasSubstr("each instance must be an object"));
  EXPECT_THAT(Error(R"({"instances":[{"x":1.5,"flag":true}]})"),
              HasSubstr("Input x, instance 0: it takes whole numbers, not the number 1.5"));
  EXPECT_THAT(Error(R"({"instances":[{"x":3000000000,"flag":true}]})"),
              HasSubstr("3000000000 is beyond int32"));
  EXPECT_THAT(Error(R"({"instances":[{"x":1,"flag":1}]})"), HasSubstr("it takes true or false"));
}

TEST_F(PredictorTest, WrongShapesAreToldByInputAndInstance) {
  OneInput(TensorType::kFloat, {-1, 2});
  EXPECT_THAT(Error(R"({"instances":[[1,2,3]]})"),
              HasSubstr("Input x has shape [1, 3], the instances first; the model takes [?, 2]"));
  EXPECT_THAT(Error(R"({"instances":[1]})"), HasSubstr("Input x has shape [1]"));
  EXPECT_THAT(Error(R"({"instances":[[1,2],[1]]})"),
              HasSubstr("instance 1: it has shape [1], and the first instance has [2]"));
  EXPECT_THAT(Error(R"({"instances":[[1,[2]]]})"), HasSubstr("not nested alike"));
  EXPECT_THAT(Error(R"({"instances":[[[1],2]]})"), HasSubstr("not nested alike"));
  EXPECT_THAT(Error(R"({"instances":[[[1],[2,3]]]})"), HasSubstr("different lengths, 1 and 2"));
  EXPECT_THAT(Error(R"({"instances":[["1",2]]})"), HasSubstr("it takes numbers, not a string"));
  EXPECT_THAT(Error(R"({"instances":[[null,2]]})"), HasSubstr("it takes numbers, not null"));
  EXPECT_THAT(Error(R"({"instances":[[[],2]]})"), HasSubstr("Prediction failed"));
  EXPECT_THAT(Error(R"({"instances":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]})"),
              HasSubstr("nested too deep"));
}

TEST_F(PredictorTest, WhatIsNoRequestHasTheOriginalsWords) {
  OneInput(TensorType::kFloat, {-1});
  EXPECT_EQ(Error("[1]"), "Prediction failed: Invalid request sent to prediction server");
  EXPECT_EQ(Error("{}"),
            "Prediction failed: Required field 'instances' missing in prediction server request");
  EXPECT_THAT(Error(R"({"instances":{}})"), HasSubstr("instances is no list"));
  EXPECT_THAT(Error(R"({"instances":[]})"), HasSubstr("instances has none"));
  EXPECT_THAT(Error(R"({"instances":[NaN]})"), HasSubstr("INVALID_ARGUMENT: Invalid JSON payload"));
  EXPECT_THAT(Error(""), HasSubstr("INVALID_ARGUMENT"));
}

TEST_F(PredictorTest, TheSignatureIsTheNamedOneTheOnlyOneOrTheDefault) {
  OneInput(TensorType::kFloat, {-1});
  EXPECT_THAT(Error(R"({"instances":[1],"signature_name":"s"})"),
              HasSubstr("No signature found for signature key s."));
  signatures_["other"] = Default();
  signatures_["other"].outputs["y"].tensor = "other:0";
  ASSERT_TRUE(Call(R"({"instances":[1],"signature_name":"other"})").ok());
  EXPECT_THAT(asked_.fetches, ElementsAre("other:0"));
  ASSERT_TRUE(Call(R"({"instances":[1]})").ok());
  EXPECT_THAT(asked_.fetches, ElementsAre("y:0"));
  signatures_.erase("serving_default");
  ASSERT_TRUE(Call(R"({"instances":[1]})").ok());
  EXPECT_THAT(asked_.fetches, ElementsAre("other:0"));
}

TEST_F(PredictorTest, WhatTheModelSaysAndWhatKeptItFromSaying) {
  OneInput(TensorType::kFloat, {-1});
  said_ = InvalidArgumentError("matrix is singular");
  EXPECT_EQ(Error(R"({"instances":[1]})"),
            "Prediction failed: Failed to run the model: matrix is singular (Error code: 2)");
  failure_ = UnavailableError("it died");
  EXPECT_EQ(Error(R"({"instances":[1]})"), "UNAVAILABLE: it died");
}

TEST_F(PredictorTest, OutputsWithoutCommonRowsAreInvalid) {
  OneInput(TensorType::kFloat, {-1});
  Default().outputs["z"] = Spec("z:0", TensorType::kFloat, {});
  outputs_.push_back({"z:0", TensorType::kFloat, {}, Bytes<float>({3}), {}});
  EXPECT_EQ(*Call(R"({"instances":[1]})"), "{\"predictions\": [{\"y\": 1.0, \"z\": 3.0}]}");
  outputs_[0] = {"y:0", TensorType::kFloat, {2}, Bytes<float>({1, 2}), {}};
  EXPECT_THAT(Error(R"({"instances":[1]})"),
              HasSubstr("outputs had differing sizes in the batch (outer) dimension"));
  Default().outputs.erase("z");
  outputs_ = {{"y:0", TensorType::kString, {1}, "", {"\xff"}}};
  EXPECT_THAT(Error(R"({"instances":[1]})"), HasSubstr("a name that ends with \"_bytes\""));
  outputs_.clear();
  EXPECT_THAT(Error(R"({"instances":[1]})"), HasSubstr("Output y is missing (Error code: 3)"));
}

std::string Field(int number, const std::string& bytes) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}

TEST(SignatureTest, IsReadFromItsBytes) {
  const std::string unknown{'\x08', '\xff', '\xff', '\xff', '\xff', '\xff',
                            '\xff', '\xff', '\xff', '\xff', '\x01'};  // -1
  const std::string shape = Field(2, unknown) + Field(2, "\x08\x05");
  const std::string info = Field(1, "x:0") + std::string("\x10\x01", 2) + Field(3, shape);
  const std::string io = Field(1, Field(1, "a") + Field(2, info)) +
                         Field(2, Field(1, "b") + Field(2, Field(1, "y:0")));
  const std::string all = Field(5, Field(1, "s") + Field(2, io)) +
                          Field(5, Field(1, "__saved_model_init_op") + Field(2, io));
  const Result<Signatures> read = ReadSignatures(all);
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read->size(), 1U);
  const TensorSpec& input = read->at("s").inputs.at("a");
  EXPECT_EQ(input.tensor, "x:0");
  EXPECT_EQ(input.type, TensorType::kFloat);
  EXPECT_TRUE(input.known_rank);
  EXPECT_THAT(input.dims, ElementsAre(-1, 5));
  EXPECT_FALSE(read->at("s").outputs.at("b").known_rank);
  EXPECT_EQ(ReadSignatures(all.substr(0, all.size() - 1)).status().code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace mlengine::serving
