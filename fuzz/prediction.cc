// The body of a request for predictions, for models with one input and with several: what reaches
// the model has the shapes that it said, and every answer is JSON.
#include <boost/json.hpp>

#include "fuzz_target.h"
#include "serving/batch_tensors.h"
#include "serving/predictor.h"

namespace mlengine::fuzz {
namespace {

using serving::Signatures;
using serving::TensorSpec;
using tensors::TensorType;

Signatures MakeSignatures() {
  const TensorSpec bytes{"b:0", TensorType::kString, false, {}};
  const TensorSpec floats{"f:0", TensorType::kFloat, true, {-1, 2}};
  const TensorSpec whole{"i:0", TensorType::kInt8, false, {}};
  const TensorSpec flags{"t:0", TensorType::kBool, false, {}};
  return {{"serving_default", {{{"x", floats}}, {{"x", floats}}}},
          {"b", {{{"x", bytes}}, {{"x_bytes", bytes}}}},
          {"text", {{{"x", bytes}}, {{"x", bytes}}}},
          {"many", {{{"f", floats}, {"i", whole}, {"t", flags}}, {{"i", whole}, {"t", flags}}}}};
}

// A model whose outputs are its inputs.
Result<tensors::RunAnswer> Echo(const tensors::RunRequest& request) {
  tensors::RunAnswer answer;
  for (const std::string& fetch : request.fetches) {
    for (const tensors::Tensor& feed : request.feeds) {
      const auto count = tensors::ElementCount(feed.dims);
      Require(count.has_value(), "an input has a good shape");
      const bool strings = feed.type == TensorType::kString;
      Require(strings ? feed.strings.size() == *count
                      : feed.data.size() == *count * ElementSize(feed.type),
              "an input has the values of its shape");
      if (feed.name == fetch) answer.outputs.push_back(feed);
    }
  }
  return answer;
}

// What two that share a run would get is what one gets alone.
Result<tensors::RunAnswer> EchoShared(const tensors::RunRequest& request, bool rows) {
  Result<tensors::RunAnswer> alone = Echo(request);
  const auto instances = serving::InstancesOf(request);
  if (!rows || !instances) return alone;
  const auto joined = Echo(serving::Joined({&request, &request}));
  const auto parts = serving::Parted(*joined, {*instances, *instances});
  Require(parts.has_value(), "an answer with rows can be parted");
  for (const tensors::RunAnswer& part : *parts)
    Require(part.outputs == alone->outputs, "each gets its own rows");
  return alone;
}

}  // namespace

FUZZ_TARGET(prediction) {
  static const Signatures signatures = MakeSignatures();
  const Result<serving::Prediction> answer = serving::Predict(bytes, signatures, EchoShared);
  if (!answer.ok()) return RequireInvalid(answer.status());
  // A float that is too large goes out as Infinity, which is no JSON.
  if (answer->body.find("Infinity") != std::string::npos) return;
  boost::json::error_code error;
  const boost::json::value parsed = boost::json::parse(answer->body, error);
  Require(!error, "an answer is JSON");
  Require(parsed.as_object().size() == 1, "an answer has predictions or an error");
}

}  // namespace mlengine::fuzz
