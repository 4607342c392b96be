#include "tensors/message.h"

#include <sched.h>

#include <cstring>

namespace mlengine::tensors {
namespace {

constexpr std::size_t kLengthBytes = 4;

template <typename T>
void Put(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
}

void PutText(std::string& out, std::string_view text) {
  Put(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

void PutStatus(std::string& out, const Status& status) {
  Put(out, static_cast<std::uint32_t>(status.code()));
  PutText(out, status.message());
}

void PutTensor(std::string& out, const Tensor& tensor) {
  PutText(out, tensor.name);
  Put(out, static_cast<std::uint8_t>(tensor.type));
  Put(out, static_cast<std::uint8_t>(tensor.dims.size()));
  for (const std::int64_t dim : tensor.dims) Put(out, dim);
  if (tensor.type != TensorType::kString) {
    out += tensor.data;
    return;
  }
  for (const std::string& one : tensor.strings) PutText(out, one);
}

std::string Begin(MessageKind kind, std::uint64_t id) {
  std::string out(kLengthBytes, '\0');
  Put(out, static_cast<std::uint8_t>(kind));
  Put(out, id);
  const int processor = ::sched_getcpu();
  Put(out, processor < 0 ? kNoProcessor : static_cast<std::uint32_t>(processor));
  return out;
}

std::string Finish(std::string out) {
  const std::size_t size = out.size() - kLengthBytes;
  for (std::size_t i = 0; i < kLengthBytes; ++i) out[i] = static_cast<char>(size >> (8 * i));
  return out;
}

// Takes values off the front of bytes; after the first that is not whole all are zero and ok() is
// false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }
  std::size_t left() const { return rest_.size(); }
  void Fail() { ok_ = false; }

  std::string_view Take(std::uint64_t count) {
    if (!ok_ || count > rest_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::uint64_t Integer(std::size_t size) {
    std::uint64_t value = 0;
    const std::string_view bytes = Take(size);
    for (std::size_t i = 0; i < bytes.size(); ++i)
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    return value;
  }
  std::string Text() { return std::string(Take(Integer(4))); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

Status ReadStatus(Reader& reader) {
  const std::uint64_t code = reader.Integer(4);
  std::string message = reader.Text();
  if (code > static_cast<std::uint64_t>(StatusCode::kUnauthenticated)) reader.Fail();
  return code == 0 || !reader.ok() ? OkStatus()
                                   : Status(static_cast<StatusCode>(code), std::move(message));
}

Tensor ReadTensor(Reader& reader) {
  Tensor tensor;
  tensor.name = reader.Text();
  tensor.type = static_cast<TensorType>(reader.Integer(1));
  const std::uint64_t rank = reader.Integer(1);
  if (rank > kMostDims) reader.Fail();
  for (std::uint64_t i = 0; reader.ok() && i < rank; ++i)
    tensor.dims.push_back(static_cast<std::int64_t>(reader.Integer(8)));
  const std::optional<std::uint64_t> count = ElementCount(tensor.dims);
  const bool strings = tensor.type == TensorType::kString;
  const std::size_t size = ElementSize(tensor.type);
  // A string takes four bytes at least, so the count is held against what is there before any
  // memory is taken.
  if (!count || *count > reader.left() || (size == 0 && !strings)) reader.Fail();
  if (!reader.ok()) return tensor;
  if (!strings) {
    tensor.data = std::string(reader.Take(*count * size));
    return tensor;
  }
  for (std::uint64_t i = 0; reader.ok() && i < *count; ++i) tensor.strings.push_back(reader.Text());
  return tensor;
}

std::vector<Tensor> ReadTensors(Reader& reader) {
  std::vector<Tensor> tensors;
  const std::uint64_t count = reader.Integer(4);
  if (count > kMostTensors) reader.Fail();
  for (std::uint64_t i = 0; reader.ok() && i < count; ++i) tensors.push_back(ReadTensor(reader));
  return tensors;
}

Status Damaged(const char* what) {
  return DataLossError(std::string(what) + " between the engine and a model server is damaged");
}

}  // namespace

std::string EncodeHead(MessageKind kind, std::uint64_t id) {
  return Finish(Begin(kind, id));
}

std::string EncodeHello(const Hello& hello) {
  std::string out = Begin(MessageKind::kHello, 0);
  PutStatus(out, hello.loaded);
  PutText(out, hello.library_version);
  PutText(out, hello.signatures);
  return Finish(std::move(out));
}

std::string EncodeRun(std::uint64_t id, const RunRequest& request) {
  std::string out = Begin(MessageKind::kRun, id);
  Put(out, static_cast<std::uint32_t>(request.feeds.size()));
  for (const Tensor& feed : request.feeds) PutTensor(out, feed);
  Put(out, static_cast<std::uint32_t>(request.fetches.size()));
  for (const std::string& fetch : request.fetches) PutText(out, fetch);
  return Finish(std::move(out));
}

std::string EncodeAnswer(std::uint64_t id, const RunAnswer& answer) {
  std::string out = Begin(MessageKind::kAnswer, id);
  PutStatus(out, answer.status);
  Put(out, static_cast<std::uint32_t>(answer.outputs.size()));
  for (const Tensor& output : answer.outputs) PutTensor(out, output);
  return Finish(std::move(out));
}

std::string EncodePredict(std::uint64_t id, std::string_view body) {
  std::string out = Begin(MessageKind::kPredict, id);
  PutText(out, body);
  return Finish(std::move(out));
}

std::string EncodePrediction(std::uint64_t id, const WorkerAnswer& prediction) {
  std::string out = Begin(MessageKind::kPrediction, id);
  Put(out, prediction.fault);
  PutText(out, prediction.text);
  return Finish(std::move(out));
}

bool RunsOn(std::uint32_t processor) {
  return processor != kNoProcessor && static_cast<int>(processor) == ::sched_getcpu();
}

Result<MessageHead> TakeHead(std::string_view& message) {
  constexpr std::size_t kHeadBytes = 13;
  if (message.size() < kHeadBytes) return Damaged("the head of a message");
  Reader reader(message.substr(0, kHeadBytes));
  MessageHead head;
  head.kind = static_cast<MessageKind>(reader.Integer(1));
  head.id = reader.Integer(8);
  head.processor = static_cast<std::uint32_t>(reader.Integer(4));
  message.remove_prefix(kHeadBytes);
  return head;
}

Result<Hello> DecodeHello(std::string_view payload) {
  Reader reader(payload);
  Hello hello;
  hello.loaded = ReadStatus(reader);
  hello.library_version = reader.Text();
  hello.signatures = reader.Text();
  if (!reader.done()) return Damaged("a greeting");
  return hello;
}

Result<RunRequest> DecodeRun(std::string_view payload) {
  Reader reader(payload);
  RunRequest request;
  request.feeds = ReadTensors(reader);
  const std::uint64_t fetches = reader.Integer(4);
  if (fetches > kMostTensors) reader.Fail();
  for (std::uint64_t i = 0; reader.ok() && i < fetches; ++i)
    request.fetches.push_back(reader.Text());
  if (!reader.done()) return Damaged("a request");
  return request;
}

Result<RunAnswer> DecodeAnswer(std::string_view payload) {
  Reader reader(payload);
  RunAnswer answer;
  answer.status = ReadStatus(reader);
  answer.outputs = ReadTensors(reader);
  if (!reader.done()) return Damaged("an answer");
  return answer;
}

Result<std::string> DecodePredict(std::string_view payload) {
  Reader reader(payload);
  std::string body = reader.Text();
  if (!reader.done()) return Damaged("a request");
  return body;
}

Result<WorkerAnswer> DecodePrediction(std::string_view payload) {
  Reader reader(payload);
  WorkerAnswer prediction;
  prediction.fault = static_cast<std::uint32_t>(reader.Integer(4));
  prediction.text = reader.Text();
  if (!reader.done() || prediction.fault > kMostFault) return Damaged("a prediction");
  return prediction;
}

}  // namespace mlengine::tensors
