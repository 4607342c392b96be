#include "model_server/tensorflow_model.h"

#include <chrono>
#include <string_view>
#include <utility>

#include "base/number_text.h"
#include "insight/proto_fields.h"
#include "model_server/tensor_exchange.h"

namespace mlengine::model_server {
namespace {

using insight::ProtoFields;
using tensors::Tensor;

constexpr std::uint32_t kSignatures = 5;          // of TensorFlow's MetaGraphDef
constexpr char kIntraThreads = 2;                 // of TensorFlow's ConfigProto
constexpr char kInterThreads = 5;                 // likewise
constexpr std::size_t kMostSignatures = 1 << 20;  // bytes
// TensorFlow's RunOptions with inter_op_thread_pool -1: every operation on the calling thread.
constexpr std::string_view kRunHere = "\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
constexpr std::chrono::nanoseconds kShortRun = std::chrono::milliseconds(1);
constexpr std::int64_t kRunsThatCount = 8;

class TfStatus {
 public:
  explicit TfStatus(const TensorFlowApi& api) : api_(api), status_(api.NewStatus()) {}
  TfStatus(const TfStatus&) = delete;
  TfStatus& operator=(const TfStatus&) = delete;
  ~TfStatus() { api_.DeleteStatus(status_); }
  TF_Status* get() const { return status_; }
  // Its codes are the canonical ones.
  Status Take() const {
    const int code = api_.GetCode(status_);
    if (code == 0) return OkStatus();
    const bool known = code > 0 && code <= static_cast<int>(StatusCode::kUnauthenticated);
    return Status(known ? static_cast<StatusCode>(code) : StatusCode::kUnknown,
                  api_.Message(status_));
  }

 private:
  const TensorFlowApi& api_;
  TF_Status* const status_;
};

void PutThreads(std::string& config, char field, int threads) {
  if (threads <= 0) return;
  config += static_cast<char>(field << 3);
  for (auto rest = static_cast<unsigned>(threads); true; rest >>= 7) {
    if (rest < 0x80) {
      config += static_cast<char>(rest);
      return;
    }
    config += static_cast<char>((rest & 0x7f) | 0x80);
  }
}

void PutVarint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7f) | 0x80);
  out += static_cast<char>(value);
}

// The signatures alone: the graph beside them may be very large.
Result<std::string> SignaturesOf(std::string_view meta_graph) {
  std::string out;
  ProtoFields fields(meta_graph);
  while (fields.Next()) {
    if (!fields.Is(kSignatures, ProtoFields::Kind::kBytes)) continue;
    PutVarint(out, kSignatures << 3 | 2);
    PutVarint(out, fields.bytes().size());
    out += fields.bytes();
    if (out.size() > kMostSignatures)
      return ResourceExhaustedError("the signatures of the model are too large");
  }
  if (!fields.ok()) return DataLossError("the description of the graph cannot be read");
  return out;
}

}  // namespace

Result<std::unique_ptr<TensorFlowModel>> TensorFlowModel::Load(const TensorFlowApi& api,
                                                               const ModelOptions& options) {
  std::unique_ptr<TensorFlowModel> model(new TensorFlowModel(api));
  const TfStatus status(api);
  TF_SessionOptions* const session = api.NewSessionOptions();
  std::string config;
  PutThreads(config, kIntraThreads, options.intra_threads);
  PutThreads(config, kInterThreads, options.inter_threads);
  api.SetConfig(session, config.data(), config.size(), status.get());
  TfBuffer* const meta_graph = api.NewBuffer();
  model->graph_ = api.NewGraph();
  const char* const tags[] = {"serve"};
  if (status.Take().ok()) {
    model->session_ = api.LoadSessionFromSavedModel(session, nullptr, options.folder.c_str(), tags,
                                                    1, model->graph_, meta_graph, status.get());
  }
  Result<std::string> signatures = std::string();
  if (status.Take().ok()) {
    signatures = SignaturesOf({static_cast<const char*>(meta_graph->data), meta_graph->length});
  }
  api.DeleteBuffer(meta_graph);
  api.DeleteSessionOptions(session);
  // Whatever TensorFlow calls it, the model is what is wrong.
  if (const Status loaded = status.Take(); !loaded.ok())
    return InvalidArgumentError(loaded.message());
  MLENGINE_ASSIGN_OR_RETURN(model->signatures_, std::move(signatures));
  return model;
}

TensorFlowModel::TensorFlowModel(const TensorFlowApi& api)
    : api_(api), usual_nanos_(kShortRun.count()) {}

TensorFlowModel::~TensorFlowModel() {
  const TfStatus status(api_);
  if (session_ != nullptr) {
    api_.CloseSession(session_, status.get());
    api_.DeleteSession(session_, status.get());
  }
  if (graph_ != nullptr) api_.DeleteGraph(graph_);
}

// "name:1"; ":0" may be left out.
Result<TfOutput> TensorFlowModel::Find(const std::string& name) const {
  const std::size_t colon = name.rfind(':');
  TfOutput output{nullptr, 0};
  if (colon != std::string::npos)
    output.index = ToNumber<int>(std::string_view(name).substr(colon + 1)).value_or(-1);
  output.operation = api_.GraphOperationByName(graph_, name.substr(0, colon).c_str());
  if (output.operation == nullptr || output.index < 0 ||
      output.index >= api_.OperationNumOutputs(output.operation))
    return InvalidArgumentError("the graph has no tensor \"" + name + "\"");
  return output;
}

// What a run usually takes decides where it is done: TensorFlow's own threads must be woken, which
// for a small model takes longer than the model itself.
Status TensorFlowModel::RunSession(const std::vector<TfOutput>& inputs,
                                   const std::vector<TF_Tensor*>& values,
                                   const std::vector<TfOutput>& outputs,
                                   std::vector<TF_Tensor*>& fetched) const {
  using Clock = std::chrono::steady_clock;
  const TfStatus status(api_);
  const TfBuffer here{kRunHere.data(), kRunHere.size(), nullptr};
  const std::int64_t usual = usual_nanos_.load(std::memory_order_relaxed);
  const Clock::time_point begun = Clock::now();
  api_.SessionRun(session_, usual < kShortRun.count() ? &here : nullptr, inputs.data(),
                  values.data(), static_cast<int>(inputs.size()), outputs.data(), fetched.data(),
                  static_cast<int>(outputs.size()), nullptr, 0, nullptr, status.get());
  const std::chrono::nanoseconds took = Clock::now() - begun;
  usual_nanos_.store(usual + (took.count() - usual) / kRunsThatCount, std::memory_order_relaxed);
  return status.Take();
}

Result<std::vector<Tensor>> TensorFlowModel::TryRun(const tensors::RunRequest& request) const {
  std::vector<TfOutput> inputs;
  std::vector<OwnedTensor> owned;
  std::vector<TF_Tensor*> values;
  for (const Tensor& feed : request.feeds) {
    MLENGINE_ASSIGN_OR_RETURN(const TfOutput input, Find(feed.name));
    if (api_.OperationOutputType(input) != static_cast<int>(feed.type))
      return InvalidArgumentError("\"" + feed.name + "\" takes no " + TypeName(feed.type));
    MLENGINE_ASSIGN_OR_RETURN(OwnedTensor tensor, ToTensorFlow(api_, feed));
    inputs.push_back(input);
    values.push_back(tensor.get());
    owned.push_back(std::move(tensor));
  }
  std::vector<TfOutput> outputs;
  for (const std::string& fetch : request.fetches) {
    MLENGINE_ASSIGN_OR_RETURN(const TfOutput output, Find(fetch));
    outputs.push_back(output);
  }
  std::vector<TF_Tensor*> fetched(outputs.size(), nullptr);
  const Status ran = RunSession(inputs, values, outputs, fetched);
  std::vector<OwnedTensor> results;
  for (TF_Tensor* tensor : fetched) {
    if (tensor != nullptr) results.emplace_back(tensor, TensorDeleter{&api_});
  }
  MLENGINE_RETURN_IF_ERROR(ran);
  std::vector<Tensor> tensors;
  for (std::size_t i = 0; i < results.size(); ++i) {
    MLENGINE_ASSIGN_OR_RETURN(Tensor tensor, FromTensorFlow(api_, *results[i]));
    tensor.name = request.fetches[i];
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

tensors::RunAnswer TensorFlowModel::Run(const tensors::RunRequest& request) const {
  Result<std::vector<Tensor>> outputs = TryRun(request);
  if (!outputs.ok()) return {outputs.status(), {}};
  return {OkStatus(), *std::move(outputs)};
}

}  // namespace mlengine::model_server
