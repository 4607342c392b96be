// Messages between the engine and a model server, as bytes (docs/formats/model_server_protocol.md).
// Pure but for the processor's number; decoding takes any bytes, and gives back what it was given
// whole or DATA_LOSS.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tensors/tensor.h"

namespace mlengine::tensors {

// Longest message in bytes, without its length. Both ends refuse longer ones.
constexpr std::size_t kLongestMessage = 64U << 20;
constexpr std::size_t kMostTensors = 1024;  // of one message

// Numbers on the wire, never renumbered.
enum class MessageKind : std::uint8_t {
  kHello = 1,
  kRun = 2,
  kAnswer = 3,
  kPing = 4,
  kPong = 5,
  kPredict = 6,
  kPrediction = 7
};

// From the model server, once: whether the model is loaded.
struct Hello {
  Status loaded;
  std::string library_version;  // "2.19.1"
  std::string signatures;       // the map entries of MetaGraphDef.signature_def, as protobuf fields
};

struct RunRequest {
  std::vector<Tensor> feeds;
  std::vector<std::string> fetches;  // names in the graph
};

struct RunAnswer {
  Status status;
  std::vector<Tensor> outputs;  // in the order of the fetches; empty unless OK
};

// What a Python worker says of a request, whose whole JSON it was sent.
struct WorkerAnswer {
  // 0, or the original's number of what went wrong: 1 invalid inputs, 2 failed to run the model, 3
  // invalid outputs, 4 invalid user code.
  std::uint32_t fault = 0;
  std::string text;  // the predictions as JSON, or what went wrong
};
constexpr std::uint32_t kMostFault = 4;

// Of a sender that cannot tell.
constexpr std::uint32_t kNoProcessor = 0xFFFFFFFF;

struct MessageHead {
  MessageKind kind = MessageKind::kPing;
  std::uint64_t id = 0;  // an answer has that of its request
  std::uint32_t processor = kNoProcessor;
};

// The whole message with its length in front. Its head names the processor that this thread runs
// on: whoever runs on the same one must not keep it from the sender.
std::string EncodeHello(const Hello& hello);
std::string EncodeRun(std::uint64_t id, const RunRequest& request);
std::string EncodeAnswer(std::uint64_t id, const RunAnswer& answer);
std::string EncodePredict(std::uint64_t id, std::string_view body);
std::string EncodePrediction(std::uint64_t id, const WorkerAnswer& prediction);
std::string EncodeHead(MessageKind kind, std::uint64_t id);  // of pings and pongs

// `message` is without its length. The head is taken off it.
// Whether this thread runs on the processor that the head named, if it named one.
bool RunsOn(std::uint32_t processor);
Result<MessageHead> TakeHead(std::string_view& message);
Result<Hello> DecodeHello(std::string_view payload);
Result<RunRequest> DecodeRun(std::string_view payload);
Result<RunAnswer> DecodeAnswer(std::string_view payload);
Result<std::string> DecodePredict(std::string_view payload);
Result<WorkerAnswer> DecodePrediction(std::string_view payload);

}  // namespace mlengine::tensors
