// The files of a model that somebody else wrote: whatever they hold, what is said of them holds.
#include "serving/saved_model.h"

#include "fuzz_target.h"
#include "serving/pickle_file.h"
#include "serving/signature.h"
#include "serving/tensor_proto.h"
#include "serving/warm_up.h"

namespace mlengine::fuzz {
namespace {

void CheckModel(const Result<serving::SavedModel>& model, std::size_t size) {
  if (!model.ok()) return RequireError(model.status(), {StatusCode::kDataLoss});
  Require(!model->graphs.empty(), "a model has a graph");
  std::size_t names = 0;
  for (const serving::SavedGraph& graph : model->graphs) {
    for (const std::string& tag : graph.tags) names += tag.size();
    for (const std::string& name : graph.signatures) names += name.size();
  }
  Require(names <= size, "every name is in the file");
  const auto graph = serving::ServingGraph(*model);
  if (!graph.ok()) return RequireInvalid(graph.status());
  Require(!graph->signatures.empty(), "what serves can be called");
}

void CheckWarmUp(std::string_view bytes) {
  serving::Signature signature;
  signature.inputs["x"] = {"x:0", tensors::TensorType::kFloat, true, {-1}};
  signature.outputs["y"] = {"y:0", tensors::TensorType::kFloat, true, {-1}};
  const auto runs = serving::ReadWarmUp(bytes, {{"serving_default", signature}});
  if (!runs.ok()) return RequireInvalid(runs.status());
  Require(runs->size() <= serving::kMostWarmUps, "there are not too many");
  const auto tensor = serving::ReadTensorProto(bytes);
  if (!tensor.ok()) return RequireInvalid(tensor.status());
  const auto count = tensors::ElementCount(tensor->dims);
  const std::size_t size = tensors::ElementSize(tensor->type);
  Require(count &&
              (size == 0 ? tensor->strings.size() == *count : tensor->data.size() == *count * size),
          "the values fill the shape");
}

}  // namespace

FUZZ_TARGET(saved_model) {
  CheckModel(serving::ReadSavedModel(bytes), bytes.size());
  CheckModel(serving::ReadSavedModelText(bytes), bytes.size());
  const auto graph = serving::ServingGraphBytes(bytes);
  if (graph.ok()) {
    const auto signatures = serving::ReadSignatures(*graph);
    if (!signatures.ok()) RequireError(signatures.status(), {StatusCode::kDataLoss});
  } else {
    RequireError(graph.status(), {StatusCode::kDataLoss, StatusCode::kInvalidArgument});
  }
  const Status index = serving::CheckVariablesIndex(bytes);
  if (!index.ok()) RequireError(index, {StatusCode::kDataLoss});
  Require(serving::ShardsOf(bytes) >= 0 && serving::ShardsOf(bytes) < 100'000,
          "a number of shards has five digits");
  const Status pickle = serving::CheckPickle("model.pkl", bytes, bytes.substr(bytes.size() / 2));
  if (!pickle.ok()) RequireError(pickle, {StatusCode::kDataLoss, StatusCode::kInvalidArgument});
  const auto framework = serving::FrameworkInPickle(bytes);
  Require(framework == ml::v1::Version::SCIKIT_LEARN || framework == ml::v1::Version::XGBOOST,
          "a pickle is of one of two frameworks");
  CheckWarmUp(bytes);
}

}  // namespace mlengine::fuzz
