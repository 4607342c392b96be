#include "batch/batch_predictor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "batch/span_work.h"

namespace mlengine::batch {
namespace {

using tensors::Tensor;
using tensors::TensorType;
using testing::ElementsAre;
using testing::FieldsAre;
using testing::HasSubstr;
using testing::IsEmpty;

serving::TensorSpec Spec(const std::string& tensor, TensorType type) {
  return {.tensor = tensor, .type = type, .known_rank = true, .dims = {-1}};
}

serving::Signature Echo(TensorType type) {
  serving::Signature signature;
  signature.inputs["x"] = Spec("x:0", type);
  signature.outputs["y"] = Spec("y:0", type);
  return signature;
}

std::vector<float> Values(const Tensor& tensor) {
  std::vector<float> values(tensor.data.size() / sizeof(float));
  std::memcpy(values.data(), tensor.data.data(), tensor.data.size());
  return values;
}

// Gives back what it gets; refuses batches with 13 in them, and dies of 66.
struct Model {
  int runs = 0;
  int alone = 0;

  Result<tensors::RunAnswer> Run(const tensors::RunRequest& request) {
    ++runs;
    for (const float value : Values(request.feeds[0])) {
      if (value == 66) return UnavailableError("The model server died.");
      if (value == 13) return tensors::RunAnswer{InvalidArgumentError("unlucky"), {}};
    }
    return tensors::RunAnswer{OkStatus(), {request.feeds[0]}};
  }
  BatchRun runs_of() {
    return {[this](const auto& request, bool) { return Run(request); },
            [this](const auto& request, bool) {
              ++alone;
              return Run(request);
            }};
  }
};

std::vector<Instance> Instances(const std::vector<std::string>& lines) {
  std::vector<Instance> out;
  for (const std::string& line : lines) out.push_back({line, out.size() + 1, ""});
  return out;
}

class BatchPredictorTest : public ::testing::Test {
 protected:
  BatchResult Predict(const std::vector<Instance>& instances,
                      OutputFormat output = OutputFormat::kJson) {
    const Result<BatchPredictor> predictor =
        BatchPredictor::Create(signature_, InputFormat::kJson, output);
    EXPECT_TRUE(predictor.ok());
    const Result<BatchResult> result = predictor->Predict(instances, model_.runs_of());
    EXPECT_TRUE(result.ok()) << result.status().ToString();
    return result.value_or({});
  }

  serving::Signature signature_ = Echo(TensorType::kFloat);
  Model model_;
};

TEST_F(BatchPredictorTest, AsksOnceForAWholeBatch) {
  const BatchResult result = Predict(Instances({"1", "{\"x\": 2.5}", "3"}));
  EXPECT_EQ(result.lines, "{\"y\": 1.0}\n{\"y\": 2.5}\n{\"y\": 3.0}\n");
  EXPECT_EQ(result.predictions, 3U);
  EXPECT_THAT(result.errors, IsEmpty());
  EXPECT_EQ(model_.runs, 1);
}

TEST_F(BatchPredictorTest, ABadInstanceCostsItselfAlone) {
  std::vector<Instance> instances = Instances({"1", "13", "x", "[2]", "5", "{\"z\": 1}"});
  instances.push_back({"", 7, "The line is too long."});
  const BatchResult result = Predict(instances);
  EXPECT_EQ(result.lines, "{\"y\": 1.0}\n{\"y\": 5.0}\n");
  EXPECT_THAT(result.errors,
              ElementsAre(FieldsAre(2U, HasSubstr("Failed to run the model: unlucky")),
                          FieldsAre(3U, HasSubstr("Invalid JSON payload")),
                          FieldsAre(4U, HasSubstr("Invalid inputs")),
                          FieldsAre(6U, HasSubstr("Expected tensor name: x")),
                          FieldsAre(7U, "The line is too long.")));
}

TEST_F(BatchPredictorTest, AnInstanceThatKillsTheModelIsToldWhenItIsAlone) {
  const BatchResult result = Predict(Instances({"1", "66", "3"}));
  EXPECT_EQ(result.predictions, 2U);
  EXPECT_THAT(result.errors, ElementsAre(FieldsAre(2U, "The model server died.")));
  EXPECT_GT(model_.alone, 0);
}

TEST_F(BatchPredictorTest, EndsWhenTheModelCannotBeAsked) {
  const auto predictor =
      BatchPredictor::Create(signature_, InputFormat::kJson, OutputFormat::kJson);
  const serving::RunFunction gone = [](const auto&, bool) -> Result<tensors::RunAnswer> {
    return AbortedError("no more");
  };
  EXPECT_EQ(predictor->Predict(Instances({"1"}), {gone, gone}).status().code(),
            StatusCode::kAborted);
}

TEST_F(BatchPredictorTest, RecordsAreTheBytesOfTheOnlyInput) {
  EXPECT_THAT(BatchPredictor::Create(signature_, InputFormat::kTfRecord, OutputFormat::kJson)
                  .status()
                  .message(),
              HasSubstr("one input of strings"));
  const serving::Signature strings = Echo(TensorType::kString);
  const auto predictor =
      BatchPredictor::Create(strings, InputFormat::kTfRecord, OutputFormat::kJson);
  ASSERT_TRUE(predictor.ok());
  std::string got;
  const serving::RunFunction run = [&got](const tensors::RunRequest& request,
                                          bool) -> Result<tensors::RunAnswer> {
    got = request.feeds[0].strings.at(0);
    return tensors::RunAnswer{OkStatus(), {request.feeds[0]}};
  };
  const std::string record("\0{\xff", 3);
  EXPECT_TRUE(predictor->Predict({{record, 1, ""}}, {run, run}).ok());
  EXPECT_EQ(got, record);
}

TEST_F(BatchPredictorTest, WritesCsv) {
  signature_.outputs["a, b"] = Spec("z:0", TensorType::kFloat);
  const auto predictor = BatchPredictor::Create(signature_, InputFormat::kJson, OutputFormat::kCsv);
  EXPECT_EQ(predictor->KeysLine(), "\"a, b\",y\n");
  const serving::RunFunction run = [](const tensors::RunRequest& request,
                                      bool) -> Result<tensors::RunAnswer> {
    return tensors::RunAnswer{OkStatus(), {request.feeds[0], request.feeds[0]}};
  };
  EXPECT_EQ(predictor->Predict(Instances({"1", "2"}), {run, run})->lines, "1.0,1.0\n2.0,2.0\n");
  EXPECT_EQ(CsvCell("[1, 2]"), "\"[1, 2]\"");
  EXPECT_EQ(CsvCell("\"plain\""), "plain");
  EXPECT_EQ(CsvCell("\"a \\\"b\\\"\\n\""), "\"a \"\"b\"\"\n\"");
  EXPECT_EQ(CsvCell("{\"b64\": \"YQ==\"}"), "\"{\"\"b64\"\": \"\"YQ==\"\"}\"");
  EXPECT_EQ(CsvCell("NaN"), "NaN");
}

// As many instances as it is told, each its own number.
class Numbers final : public InstanceReader {
 public:
  explicit Numbers(std::uint64_t count) : left_(count) {}
  Result<bool> Next(Instance& out) override {
    if (place_.count == left_) return false;
    out = {std::to_string(place_.count), place_.count + 1, ""};
    ++place_.count;
    return true;
  }
  ReadPlace place() const override { return place_; }
  std::uint64_t stored_bytes() const override { return place_.count; }

 private:
  std::uint64_t left_;
  ReadPlace place_;
};

TEST(SpanWorkTest, KeepsTheOrderWithManyThreads) {
  const serving::Signature signature = Echo(TensorType::kFloat);
  const auto predictor = BatchPredictor::Create(signature, InputFormat::kJson, OutputFormat::kCsv);
  const serving::RunFunction run = [](const tensors::RunRequest& request,
                                      bool) -> Result<tensors::RunAnswer> {
    return tensors::RunAnswer{OkStatus(), {request.feeds[0]}};
  };
  SpanWork work(*predictor, {run, run}, {.batch_size = 7, .threads = 4, .piece_bytes = 1000});
  Numbers reader(1000);
  std::string lines;
  int pieces = 0;
  bool last = false;
  while (!last) {
    Result<Piece> piece = work.Next(reader);
    ASSERT_TRUE(piece.ok()) << piece.status().ToString();
    lines += piece->result.lines;
    last = piece->last;
    ++pieces;
  }
  std::string expected;
  for (int i = 0; i < 1000; ++i) expected += std::to_string(i) + ".0\n";
  EXPECT_EQ(lines, expected);
  EXPECT_GT(pieces, 1);
}

}  // namespace
}  // namespace mlengine::batch
