// What a model server sends to its engine, and the other way: bytes of a process that may have been
// written over by what it runs.
#include "tensors/message.h"

#include "fuzz_target.h"
#include "serving/signature.h"

namespace mlengine::fuzz {
namespace {

void CheckTensors(const std::vector<tensors::Tensor>& tensors, std::size_t size) {
  std::size_t held = 0;
  for (const tensors::Tensor& tensor : tensors) {
    const auto count = tensors::ElementCount(tensor.dims);
    Require(count.has_value(), "a tensor has a good shape");
    if (tensor.type == tensors::TensorType::kString) {
      Require(tensor.strings.size() == *count, "a tensor has all its strings");
    } else {
      Require(tensor.data.size() == *count * ElementSize(tensor.type),
              "a tensor has all its values");
    }
    held += tensor.data.size();
    for (const std::string& one : tensor.strings) held += one.size();
  }
  Require(held <= size, "nothing is held that was not sent");
}

std::string_view PayloadOf(const std::string& message) {
  return std::string_view(message).substr(17);
}

void CheckWorkerMessages(std::string_view bytes) {
  const Result<std::string> asked = tensors::DecodePredict(bytes);
  if (asked.ok()) {
    const std::string again = tensors::EncodePredict(1, *asked);
    Require(PayloadOf(again) == bytes, "what a worker is asked is written as it was read");
  } else {
    RequireError(asked.status(), {StatusCode::kDataLoss});
  }
  const Result<tensors::WorkerAnswer> said = tensors::DecodePrediction(bytes);
  if (said.ok()) {
    Require(said->fault <= tensors::kMostFault, "a fault is one of the original's");
    const std::string again = tensors::EncodePrediction(1, *said);
    Require(PayloadOf(again) == bytes, "what a worker says is written as it was read");
  } else {
    RequireError(said.status(), {StatusCode::kDataLoss});
  }
}

}  // namespace

FUZZ_TARGET(model_messages) {
  std::string_view payload = bytes;
  if (const auto head = tensors::TakeHead(payload); !head.ok())
    RequireError(head.status(), {StatusCode::kDataLoss});
  const Result<tensors::RunRequest> run = tensors::DecodeRun(bytes);
  if (run.ok()) {
    CheckTensors(run->feeds, bytes.size());
    const std::string again = tensors::EncodeRun(1, *run);
    Require(PayloadOf(again) == bytes, "a request is written as it was read");
  } else {
    RequireError(run.status(), {StatusCode::kDataLoss});
  }
  const Result<tensors::RunAnswer> answer = tensors::DecodeAnswer(bytes);
  if (answer.ok())
    CheckTensors(answer->outputs, bytes.size());
  else
    RequireError(answer.status(), {StatusCode::kDataLoss});
  const Result<tensors::Hello> hello = tensors::DecodeHello(bytes);
  if (!hello.ok()) RequireError(hello.status(), {StatusCode::kDataLoss});
  CheckWorkerMessages(bytes);
  const Result<serving::Signatures> signatures = serving::ReadSignatures(bytes);
  if (!signatures.ok()) RequireError(signatures.status(), {StatusCode::kDataLoss});
}

}  // namespace mlengine::fuzz
